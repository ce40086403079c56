"""The groups of pages that are mounted; one line each."""

from __future__ import annotations

from fastapi import APIRouter

from hygie.web.auth.account_pages import account_pages
from hygie.web.auth.login_pages import login_pages
from hygie.web.auth.sso_pages import sso_pages
from hygie.web.home import home_pages

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS: tuple[APIRouter, ...] = (home_pages, login_pages, sso_pages, account_pages)
