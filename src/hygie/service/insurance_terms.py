"""A priced programme with other terms, at once; an appetite on it; tables to exchange. From stored events."""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.loss.appetite import AppetitePoint
from hygie.loss.preview import PreviewBase, PreviewFigures, prepare_preview, preview
from hygie.loss.tables import build_year_loss_table
from hygie.loss.terms import apply_programme
from hygie.service.amounts import parse_amount
from hygie.service.complaints import draw_complaints
from hygie.service.insurance import charge_premium
from hygie.service.insurance_pages import TERMS, read_programme
from hygie.service.insure import judge_appetite
from hygie.service.loss_tables import StoredLosses, load_losses
from hygie.service.oasis import export_oed, export_ord
from hygie.service.programme_files import ProgrammeFile, parse_programme
from hygie.service.saved_results import find_folder
from hygie.service.stored_documents import write_yaml
from hygie.store.workspace import Workspace
from hygie.views.decide_pages import TermsPartView, TermsPreviewView
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_euros
from hygie.views.programme import AppetiteView

__all__ = ["Terms", "export_tables", "hold_points", "open_terms", "preview_terms"]

BoolArray = NDArray[np.bool_]

_LEVEL = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A priced programme and its events, ready for other terms.

    Parameters
    ----------
    now
        Figures with the terms as they were priced.
    filed
        Whether a complaint was filed in time [rows]; None where all are.
    """

    losses: StoredLosses
    file: ProgrammeFile
    base: PreviewBase
    filed: BoolArray | None
    now: Mapping[str, PreviewFigures]


def open_terms(workspace: Workspace, result_id: str) -> Terms:
    """Return a priced programme with its events; read once, then changed at will.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation, or its files are gone.
    """
    folder = find_folder(workspace, result_id)
    file = read_programme(folder)
    losses = load_losses(folder)
    classes = len(losses.labels["classes"])
    programme = file.programme()
    filed = draw_complaints(losses.columns, plan=losses.plan, labels=losses.labels, filed=programme.complaint_filed)
    base = prepare_preview(losses.columns, years_per_draw=losses.plan.years_per_draw(), n_classes=classes)
    now = preview(base, programme=programme, filed=filed, level=_LEVEL)
    return Terms(losses=losses, file=file, base=base, filed=filed, now=now)


def preview_terms(terms: Terms, changes: Mapping[str, str], *, language: Language) -> TermsPreviewView:
    """Return what other retentions and limits would do: the terms run again on the stored events, nothing is guessed.

    Parameters
    ----------
    changes
        Amounts by place: ``event_deductible``, ``layers.0.attachment``, ``layers.0.limit``; an empty text leaves a
        term as it is.

    Raises
    ------
    HygieError
        An amount cannot be read, or the terms contradict each other.
    """
    _ = translator(language)
    begin = time.perf_counter()
    file = _change(terms.file, changes)
    then = preview(terms.base, programme=file.programme(), filed=terms.filed, level=_LEVEL)
    premium = None
    if file.pricing is not None:
        paid = apply_programme(terms.losses.columns, file.programme(), filed=terms.filed).paid
        charged = charge_premium(terms.losses.sum_years(paid), file)
        premium = None if charged is None else charged.premium.value
    labels = {"gross": _("before insurance"), "insured": _("paid by insurance"), "retained": _("left after insurance")}
    now = terms.now
    return TermsPreviewView(
        parts=[
            TermsPartView(
                id=name,
                label=labels[name],
                aal_now=now[name].aal.value,
                aal_then=then[name].aal.value,
                bad_now=now[name].var_eur,
                bad_then=then[name].var_eur,
            )
            for name in ("insured", "retained")
        ],
        premium=premium,
        sentence=_(
            "With these terms {paid} a year would be paid and {left} would stay; one year in 100, more than {bad} "
            "would stay.",
            paid=format_euros(then["insured"].aal.value, language),
            left=format_euros(then["retained"].aal.value, language),
            bad=format_euros(then["retained"].var_eur, language),
        ),
        milliseconds=1e3 * (time.perf_counter() - begin),
    )


def _change(file: ProgrammeFile, changes: Mapping[str, str]) -> ProgrammeFile:
    data = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data["schema"] = file.format
    if text := changes.get("event_deductible", "").strip():
        data["event_deductible"] = parse_amount(text, field="event_deductible")
    for index, layer in enumerate(data["layers"]):
        for name in TERMS:
            if text := changes.get(f"layers.{index}.{name}", "").strip():
                layer[name] = parse_amount(text, field=f"layers.{index}.{name}")
        # A limit of the year that was as high as that of an event goes with it.
        limit, yearly = layer.get("limit"), layer.get("aggregate_limit")
        held = file.layers[index]
        if limit is not None and yearly is not None and (yearly < limit or held.aggregate_limit == held.limit):
            layer["aggregate_limit"] = limit
    return parse_programme(write_yaml(data).encode(), name="programme.yaml")


def hold_points(
    terms: Terms, points: Sequence[tuple[float, float]], *, language: Language
) -> tuple[AppetiteView, AppetiteView]:
    """Hold the annual loss against an appetite, before the programme and after it.

    Raises
    ------
    ModelError
        The appetite decreases.
    """
    losses = terms.losses
    programme = terms.file.programme()
    told = [AppetitePoint(amount_eur=amount, probability=share, horizon_y=1.0) for amount, share in points]
    held = losses.amounts("loss_own_eur" if programme.basis == "own" else "loss_eur")
    paid = np.minimum(apply_programme(losses.columns, programme, filed=terms.filed).paid, held)

    def judge(amounts: NDArray[np.float64], name: str | None) -> AppetiteView:
        annual = build_year_loss_table(losses.columns["year"], amounts, years_per_draw=losses.plan.years_per_draw())
        return judge_appetite(
            annual, told, subject=losses.subject, programme=name, digest=losses.digest, language=language
        )

    return judge(held, None), judge(held - paid, terms.file.name)


def export_tables(workspace: Workspace, result_id: str, form: Literal["oed", "ord"]) -> bytes:
    """Return the terms as OED tables or the losses as ORD tables, in a ZIP file.

    Raises
    ------
    HygieError
        There is no such result, or it cannot be written.
    """
    folder = find_folder(workspace, result_id)
    with tempfile.TemporaryDirectory(prefix="hygie-tables-") as place:
        programme, out = Path(place) / "programme.yaml", Path(place) / "tables"
        programme.write_text(_programme_text(folder), encoding="utf-8")
        notes: list[str] = []
        if form == "oed":
            files, notes = export_oed(folder, programme, out)
        else:
            files = export_ord(folder, out, programme=programme)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.name)
            if notes:
                archive.writestr("not-expressed.txt", "\n".join(notes) + "\n")
        return content.getvalue()


def _programme_text(folder: Path) -> str:
    data = read_programme(folder).model_dump(mode="json", by_alias=True, exclude_none=True)
    # JSON is YAML: nothing is lost or guessed.
    return json.dumps(data)
