"""The work of jobs on portfolios: a study, a what-if in a saved study, a synthetic register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hygie
from hygie.core.errors import UsageError
from hygie.service.jobs.context import JobContext, Made, Told
from hygie.service.jobs.requests import PortfolioJobRequest, PortfolioWhatIfRequest, SynthesizeRequest
from hygie.service.portfolio_request import PortfolioRequest
from hygie.service.portfolio_spec import PortfolioSpec, choose_register
from hygie.service.stored_documents import write_yaml
from hygie.store.documents import read_document, validate_model
from hygie.store.register_store import RegisterStore
from hygie.store.results import write_result
from hygie.store.saved_result_store import ResultStore
from hygie.views.messages import LANGUAGES

if TYPE_CHECKING:
    from hygie.facility.registers import Register
    from hygie.service.portfolio import PreparedPortfolio

__all__ = ["study_portfolio", "suppose_in_portfolio", "synthesize_register"]


def study_portfolio(request: PortfolioJobRequest, context: JobContext) -> Made:
    """Simulate a stored portfolio, a register of the workspace, or both; goes on where it was cut short."""
    from hygie.service.portfolio import run_portfolio, write_run_command

    prepared, plain, file = _prepare(request, context)
    command = write_run_command(
        plain, spec=file, register=request.register_kind, region=request.region, department=request.department,
        ght=request.ght, level=request.level,
    )  # fmt: skip
    run_portfolio(
        prepared, plain, context.folder, threads=context.threads, progress=context.progress,
        reproduce=context.hide_places(command),
    )  # fmt: skip
    return Made("portfolio", context.folder)


def suppose_in_portfolio(request: PortfolioWhatIfRequest, context: JobContext) -> Made:
    """Take a provider of a saved study down, or strike one of its members, in the portfolio as it was studied."""
    from hygie.service.portfolio_whatif import strike_site, take_provider_down, write_whatif_command

    if (request.provider is None) == (request.site is None):
        raise UsageError("one thing is supposed at a time", field="provider", allowed="a provider or a site")
    row = ResultStore(context.workspace).get(request.result)
    if row.kind != "portfolio":
        raise UsageError("this is no study of a portfolio", field="result", value=row.kind, allowed="portfolio")
    asked = PortfolioJobRequest.model_validate(row.request)
    if request.draws is not None:
        asked = asked.model_copy(update={"draws": request.draws})
    prepared, plain, file = _prepare(asked, context)
    context.progress("simulate", 0, 1)
    views: dict[str, Mapping[str, Any]] = {}
    for language in LANGUAGES:
        plain = plain.model_copy(update={"language": language})
        if request.provider is not None:
            view = take_provider_down(
                prepared, plain, provider=request.provider, hours=request.hours, threads=context.threads
            )
        else:
            view = strike_site(prepared, plain, site=request.site or "", threads=context.threads)
        command = write_whatif_command(
            plain, spec=file, register=asked.register_kind, region=asked.region, department=asked.department,
            ght=asked.ght, level=asked.level, provider=request.provider, site=request.site,
            down=f"{request.hours:g}h" if request.provider is not None else None,
        )  # fmt: skip
        shown = view.model_copy(update={"reproduce": context.hide_places(command)})
        views[f"portfolio_whatif.{language}"] = shown.model_dump(mode="json")
    manifest = {
        "kind": "portfolio_whatif",
        "version": hygie.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": request.model_dump(mode="json"),
        "model_digest": prepared.model.digest,
        "packs": {pack.name: f"{pack.version} {pack.digest}" for pack in prepared.catalogue.packs},
    }
    write_result(context.folder, manifest=manifest, views=views, tables={})
    return Made("portfolio_whatif", context.folder)


def synthesize_register(request: SynthesizeRequest, context: JobContext) -> Told:
    """Draw a register of establishments that do not exist and keep it."""
    from hygie.service.synthetic import SyntheticRequest, synthesize_population

    context.progress("synthesize", 0, 1)
    store = RegisterStore(context.workspace, author=context.job.author)
    asked = SyntheticRequest(seed=request.seed, as_of=date.today(), region=request.region)
    view = synthesize_population(store, asked, language=request.language)
    return Told({"counts": {"added": view.sites}, "entities": view.entities, "edition": view.number})


def _prepare(
    request: PortfolioJobRequest, context: JobContext
) -> tuple[PreparedPortfolio, PortfolioRequest, Path | None]:
    """Return a portfolio ready to be simulated, what is asked of it, and its file as the command line takes it."""
    from hygie.service.portfolio import prepare_portfolio

    spec, file = None, None
    if request.portfolio is not None:
        path, _ = context.place("portfolio", request.portfolio)
        spec = validate_model(read_document(path), PortfolioSpec)
        # Refs of stored facilities take the place of paths: no file of the server is read by its name.
        members = tuple(context.facility(ref) for ref in spec.facilities)
        spec = spec.model_copy(update={"facilities": members})
        file = _place_spec(spec, path, context)
    wanted = request.register_kind or (spec.register_ if spec is not None else None)
    if spec is None and wanted is None:
        raise UsageError(
            "nothing says which facilities", field="portfolio", allowed="a stored portfolio, a register, or both"
        )
    register = _find_register(wanted, context) if wanted is not None else None
    plain = PortfolioRequest.model_validate(request.model_dump(include=set(PortfolioRequest.model_fields)))
    prepared = prepare_portfolio(
        plain,
        spec=spec,
        register=register,
        region=request.region,
        department=request.department,
        ght=request.ght,
        level=request.level,
        threads=context.threads,
        progress=context.progress,
    )
    return prepared, plain, file


def _find_register(wanted: str, context: JobContext) -> Register:
    store = RegisterStore(context.workspace, author=context.job.author)
    kinds = {edition.kind for edition in store.list_editions()}
    if wanted not in kinds:
        raise UsageError(
            "there is no such register in the workspace",
            field="register_kind",
            value=wanted,
            allowed=", ".join(sorted(kinds)) or "none yet",
            repair="import a register first",
        )
    return choose_register(wanted, store=store)


def _place_spec(spec: PortfolioSpec, path: Path, context: JobContext) -> Path:
    """Write the portfolio with the files of its facilities in the place of their refs, beside the stored one."""
    data = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    data["facilities"] = [f"../facility/{Path(member).name}" for member in spec.facilities]
    file = path.with_name(f"{path.stem}.{context.job.job_id}.yaml")
    file.write_text(write_yaml(data), encoding="utf-8")
    return file
