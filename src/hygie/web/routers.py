"""The groups of pages that are mounted; one line each."""

from __future__ import annotations

from fastapi import APIRouter

from hygie.web.actors import actor_pages
from hygie.web.admin import admin_pages
from hygie.web.admin_connectors import admin_connector_pages
from hygie.web.admin_records import admin_record_pages
from hygie.web.api.account import account_routes, organisation_routes
from hygie.web.api.connectors import connector_routes
from hygie.web.api.description import description_pages
from hygie.web.api.documents import document_routes
from hygie.web.api.evidence import evidence_routes, upload_routes
from hygie.web.api.jobs import job_routes
from hygie.web.api.knowledge import knowledge_routes
from hygie.web.api.people import people_routes
from hygie.web.api.registers import register_routes
from hygie.web.api.results import result_routes
from hygie.web.api.stored import facility_routes, portfolio_routes, programme_routes
from hygie.web.api.threat import threat_routes
from hygie.web.approvals import approval_pages
from hygie.web.assessments import assessment_pages
from hygie.web.auth.account_pages import account_pages
from hygie.web.auth.login_pages import login_pages
from hygie.web.auth.sso_pages import sso_pages
from hygie.web.decide import decide_pages
from hygie.web.evidence_import import import_pages
from hygie.web.facilities import facility_pages
from hygie.web.facility_edits import facility_edit_pages
from hygie.web.home import home_pages
from hygie.web.incidents import incident_pages
from hygie.web.jobs import job_pages
from hygie.web.landscape import landscape_pages
from hygie.web.portfolio_files import portfolio_file_pages
from hygie.web.portfolio_whatifs import portfolio_whatif_pages
from hygie.web.portfolios import portfolio_pages
from hygie.web.posture import posture_pages
from hygie.web.prices import price_pages
from hygie.web.programmes import programme_pages
from hygie.web.registers import register_pages
from hygie.web.reports import report_pages
from hygie.web.scenarios import scenario_pages
from hygie.web.sources import source_pages

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS: tuple[APIRouter, ...] = (
    home_pages,
    landscape_pages,
    incident_pages,
    import_pages,
    actor_pages,
    source_pages,
    facility_pages,
    register_pages,
    facility_edit_pages,
    posture_pages,
    assessment_pages,
    approval_pages,
    report_pages,
    programme_pages,
    price_pages,
    decide_pages,
    portfolio_file_pages,
    portfolio_whatif_pages,
    portfolio_pages,
    scenario_pages,
    job_pages,
    login_pages,
    sso_pages,
    account_pages,
    admin_pages,
    admin_connector_pages,
    admin_record_pages,
    description_pages,
    facility_routes,
    programme_routes,
    portfolio_routes,
    job_routes,
    result_routes,
    document_routes,
    threat_routes,
    knowledge_routes,
    evidence_routes,
    organisation_routes,
    people_routes,
    register_routes,
    upload_routes,
    connector_routes,
    account_routes,
)
