"""The model card: what the model is for, what it is not for, what it rests on, and where it is weak."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import ValidationError

import hygie
from hygie.core.errors import StoreError
from hygie.service.saved_results import list_results, read_result_view
from hygie.service.sources import count_grades, count_methods, read_packs_today, write_line
from hygie.service.validation.words import list_limits
from hygie.store.workspace import Workspace
from hygie.views.messages import Language, translator
from hygie.views.sources import ModelCardView, PackLineView
from hygie.views.validation import ValidationView

__all__ = ["find_dossier", "read_dossier", "show_model_card"]

_DOSSIER = "validation.json"
_MAX_BYTES = 8 * 1024 * 1024
_SHOWN = 10


def show_model_card(*, as_of: date, language: Language) -> ModelCardView:
    """Return the model card of the installed version and packs."""
    catalogue, _ = read_packs_today(as_of), translator(language)
    by_width = sorted(
        (estimate for estimate in catalogue.estimates.values() if estimate.unit == "share"),
        key=lambda estimate: estimate.distribution.quantile(0.05) - estimate.distribution.quantile(0.95),
    )
    return ModelCardView(
        purpose=[
            _("Say how often attacks on a health facility in France succeed in a year, and how bad a bad year is."),
            _("Give euros and days of care as ranges, so that controls, insurance and plans can be compared."),
            _("Show how one provider, or one neighbour, makes many facilities suffer at once."),
        ],
        not_for=[
            _("Rating the security of a named facility from outside: public data describe activity, never defences."),
            _("Predicting the next attack, its day or its victim."),
            _("Replacing the judgement of people who know the facility: every input can be changed, and should be."),
        ],
        method=[
            _(
                "Years are simulated: actors come at rates that rest on published counts, break in or not, move "
                "through zones, stop services; services come back as people and machines allow."
            ),
            _("What is not known is drawn too: each figure has a band that says how much is ignorance."),
            _("Same inputs, same seed, same version: the same digest."),
        ],
        limits=list_limits(_),
        packs=[PackLineView(name=pack.name, version=pack.version, digest=pack.digest) for pack in catalogue.packs],
        parameters=len(catalogue.estimates),
        methods=count_methods(catalogue.estimates.values(), _),
        grades=count_grades(catalogue, language),
        incidents=len(catalogue.incidents),
        counts=len(catalogue.counts),
        version=hygie.__version__,
        as_of=as_of.isoformat(),
        most_uncertain=[
            write_line(estimate, catalogue, as_of=as_of, language=language) for estimate in by_width[:_SHOWN]
        ],
    )


def find_dossier(workspace: Workspace, *, language: Language) -> tuple[ValidationView | None, str | None]:
    """Return the latest validation dossier of an organisation, and its result; else the one in the workspace's folder.

    Raises
    ------
    StoreError
        It is there and cannot be read.
    """
    latest = list_results(workspace, kind="dossier", limit=1).items
    if latest:
        result_id = latest[0].result_id
        data = read_result_view(workspace, result_id, language=language)
        try:
            return ValidationView.model_validate(data), result_id
        except ValidationError as error:
            raise StoreError(
                "the validation dossier cannot be read", value=result_id, repair="compute it anew"
            ) from error
    return read_dossier(workspace.folder / "validation" / language), None


def read_dossier(folder: Path) -> ValidationView | None:
    """Return the validation dossier kept in a folder, None when none was computed there.

    Raises
    ------
    StoreError
        It is there and cannot be read.
    """
    file = folder / _DOSSIER
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise StoreError("the validation dossier is too large", file=str(file), repair="compute it anew")
        return ValidationView.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(
            "the validation dossier cannot be read",
            file=str(file),
            value=str(error).splitlines()[0],
            repair=f"compute it anew: hygie validate --out {folder}",
        ) from error
