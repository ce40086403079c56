"""The groups of pages that are mounted; one line each."""

from __future__ import annotations

from fastapi import APIRouter

from hygie.web.actors import actor_pages
from hygie.web.api.account import account_routes, organisation_routes
from hygie.web.api.description import description_pages
from hygie.web.api.jobs import job_routes
from hygie.web.api.knowledge import knowledge_routes
from hygie.web.api.results import result_routes
from hygie.web.api.stored import facility_routes, portfolio_routes, programme_routes
from hygie.web.api.threat import threat_routes
from hygie.web.approvals import approval_pages
from hygie.web.assessments import assessment_pages
from hygie.web.auth.account_pages import account_pages
from hygie.web.auth.login_pages import login_pages
from hygie.web.auth.sso_pages import sso_pages
from hygie.web.facilities import facility_pages
from hygie.web.facility_edits import facility_edit_pages
from hygie.web.home import home_pages
from hygie.web.incidents import incident_pages
from hygie.web.jobs import job_pages
from hygie.web.landscape import landscape_pages
from hygie.web.scenarios import scenario_pages
from hygie.web.sources import source_pages

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS: tuple[APIRouter, ...] = (
    home_pages,
    landscape_pages,
    incident_pages,
    actor_pages,
    source_pages,
    facility_pages,
    facility_edit_pages,
    assessment_pages,
    approval_pages,
    scenario_pages,
    job_pages,
    login_pages,
    sso_pages,
    account_pages,
    description_pages,
    facility_routes,
    programme_routes,
    portfolio_routes,
    job_routes,
    result_routes,
    threat_routes,
    knowledge_routes,
    organisation_routes,
    account_routes,
)
