"""The groups of pages that are mounted; one line each."""

from __future__ import annotations

from fastapi import APIRouter

from hygie.web.home import home_pages

__all__ = ["PAGE_ROUTERS"]

PAGE_ROUTERS: tuple[APIRouter, ...] = (home_pages,)
