"""What pages of insurance need beside the terms themselves: names, jobs, a priced programme as stored, points."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from hygie.core.errors import HygieError, NotFoundError, UsageError
from hygie.service.accounts.principal import Principal
from hygie.service.amounts import parse_amount
from hygie.service.jobs.queue import submit
from hygie.service.jobs.requests import InsurePriceRequest
from hygie.service.other_documents import open_programmes
from hygie.service.programme_files import ProgrammeFile
from hygie.service.saved_results import find_folder, get_result, read_result_view
from hygie.store.result_tables import read_manifest
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.decide_pages import TermView
from hygie.views.messages import Language
from hygie.views.programme import ProgrammeView

__all__ = ["TERMS", "ask_price", "list_terms", "load_price", "name_programme", "read_points", "read_programme"]

TERMS = ("attachment", "limit")
"""Terms of a layer that can be changed on the page of a priced programme."""


def name_programme(workspace: Workspace, name: str) -> str:
    """Return a free ref for a new programme of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = "-".join("".join(c if c.isalnum() else " " for c in plain).split())[:60] or "programme"
    shelf = open_programmes(workspace)
    for number in range(1, 1_000):
        ref = stem if number == 1 else f"{stem}-{number}"
        try:
            shelf.get(ref)
        except NotFoundError:
            return ref
    raise UsageError("there are too many programmes of this name", field="name", value=name, repair="choose another")


def ask_price(workspace: Workspace, *, programme: str, result: str, principal: Principal) -> JobView:
    """Put the pricing of a stored programme on a saved assessment into the queue."""
    request = InsurePriceRequest(result=result, programme=programme)
    return submit(workspace, kind="insure_price", request=request, principal=principal)


def load_price(workspace: Workspace, result_id: str, *, language: Language) -> ProgrammeView:
    """Return a priced programme as it is shown.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation, or its files are gone.
    """
    result = get_result(workspace, result_id)
    if result.kind != "programme":
        raise NotFoundError("this result is no programme", value=result_id, allowed="a priced programme")
    return ProgrammeView.model_validate(read_result_view(workspace, result_id, language=language))


def list_terms(workspace: Workspace, result_id: str) -> list[TermView]:
    """Return the terms of each layer that can be changed, in the order of the file.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation, or its files are gone.
    """
    file = read_programme(find_folder(workspace, result_id))
    return [
        TermView(place=f"layers.{index}.{term}", layer=layer.name or layer.id, term=term, now=getattr(layer, term))
        for index, layer in enumerate(file.layers)
        for term in TERMS
    ]


def read_points(values: Mapping[str, str]) -> tuple[tuple[tuple[float, float], ...], dict[str, str]]:
    """Return points of an appetite (euros, share of years) from fields ``a1``, ``p1`` …, and what cannot be read."""
    points, wrong = [], {}
    for number in range(1, 4):
        amount, share = values.get(f"a{number}", "").strip(), values.get(f"p{number}", "").strip()
        if not amount or not share:
            continue
        try:
            euros = parse_amount(amount, field=f"a{number}")
            years = float(share.replace(",", "."))
            if not 0.0 < years < 100.0 or not euros > 0.0:
                raise ValueError
        except (UsageError, ValueError) as error:
            wrong[f"{'a' if isinstance(error, UsageError) else 'p'}{number}"] = "unread"
            continue
        points.append((euros, years / 100.0))
    return tuple(sorted(points)), wrong


def read_programme(folder: Path) -> ProgrammeFile:
    """Return the programme that a result was priced with.

    Raises
    ------
    HygieError
        It is gone or of another version.
    """
    data = read_manifest(folder, kinds=("programme",)).get("programme")
    try:
        return ProgrammeFile.model_validate(data)
    except ValueError:
        raise HygieError("the programme of this result cannot be read", repair="price it again") from None
