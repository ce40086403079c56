"""Insurance terms to and from Open Exposure Data (OED): the account file of class Cyber, reinsurance info and scope.

Names of columns: github.com/OasisLMF/ODS_OpenExposureData, ``OpenExposureData/Examples/cyber_account.csv`` (OED 4) and
*Reinsurance*. OED gives each cyber coverage its own limit and deductible; what a programme says beyond that is listed,
never dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, UsageError
from hygie.service.programme_files import ProgrammeFile, TreatyEntry, parse_programme
from hygie.store.byte_sources import ByteSource
from hygie.store.sheets import open_sheet
from hygie.views.charts_data import Cell, Rows

__all__ = ["OED_COVERAGES", "read_oed", "write_oed"]

OED_COVERAGES: Mapping[str, tuple[str, ...]] = {
    "NPBI": ("activity", "reputation"),
    "DIAS": ("restoration",),
    "INRE": ("response",),
    "EXT": ("extortion",),
    "LIA": ("third_party",),
}
"""Cyber coverages of OED (non-physical business interruption, data and software, incident response, extortion,
liability) and the forms of loss they take."""

_OTHER = ("CBI", "FIN", "REG", "ENO")
_PERIL = "CC1"
_VERSION = "4.0.0"
_TREATIES = {"quota_share": "QS", "per_risk": "PR", "per_event": "CXL", "stop_loss": "AXL"}


def write_oed(file: ProgrammeFile, *, subject: str = "") -> tuple[dict[str, Rows], list[str]]:
    """Return the tables ``account``, ``ri_info`` and ``ri_scope``, and what OED cannot say of this programme."""
    lost: list[str] = []
    terms: dict[str, Cell] = {}
    covered: list[str] = []
    for item in file.coverages:
        codes = [code for code, forms in OED_COVERAGES.items() if set(forms) & set(item.forms)]
        covered += codes
        for code in codes:
            partial = set(OED_COVERAGES[code]) - set(item.forms)
            if partial:
                lost.append(f"coverages.{item.id}: OED's {code} also takes {', '.join(sorted(partial))}")
        if item.sub_limit is not None or item.deductible:
            if len(codes) == 1:
                terms[f"PolDed{codes[0]}"] = item.deductible
                terms[f"PolLimit{codes[0]}"] = item.sub_limit
            else:
                lost.append(
                    f"coverages.{item.id}: one deductible and sub-limit over {', '.join(codes)}; OED has one for each"
                )
        if item.waiting_hours:
            terms["BIWaitingPeriod"] = item.waiting_hours
    if file.complaint is not None:
        lost.append("complaint: OED has no such condition")
    if file.basis == "own":
        lost.append("basis: own: OED does not know public compensation")
    rows: list[dict[str, Cell]] = []
    for number, layer in enumerate(file.tower(), start=1):
        limit = layer.aggregate_limit
        back = layer.reinstatements
        if back is not None and layer.limit is not None:
            limit = (back.number + 1) * layer.limit
            if back.price:
                lost.append(f"layers.{layer.id}: OED has no price of reinstatements for a policy")
        rows.append(
            {
                "PortNumber": "1",
                "AccNumber": "1",
                "AccName": subject or file.name,
                "AccCurrency": "EUR",
                "PolNumber": f"1-{number}",
                "LOB": "Cyber",
                "PolPerilsCovered": _PERIL,
                "PolCoverage": ";".join(covered),
                "PolGrossPremium": layer.premium,
                "PolDed": file.event_deductible,
                "LayerNumber": number,
                "LayerParticipation": layer.share,
                # OED writes 0 for no limit.
                "LayerLimit": layer.limit or 0.0,
                "LayerAttachment": layer.attachment,
                "LayerAggAttachment": layer.aggregate_deductible,
                "LayerAggLimit": limit or 0.0,
                **terms,
                "OEDVersion": _VERSION,
            }
        )
    tables = {"account": _tabulate(rows)}
    if file.reinsurance:
        tables["ri_info"] = _tabulate([_write_treaty(index, item) for index, item in enumerate(file.reinsurance, 1)])
        tables["ri_scope"] = _tabulate(
            [{"ReinsNumber": index, "PortNumber": "1"} for index, _item in enumerate(file.reinsurance, 1)]
        )
    return tables, lost


def _write_treaty(number: int, item: TreatyEntry) -> dict[str, Cell]:
    back = item.reinstatements
    risk = item.kind == "per_risk"
    event = item.kind in ("per_event", "quota_share")
    total = item.kind == "stop_loss"
    aggregate = item.limit if total else item.aggregate_limit
    return {
        "ReinsNumber": number,
        "ReinsLayerNumber": 1,
        "ReinsName": item.name or item.id,
        "ReinsPeril": _PERIL,
        "ReinsType": _TREATIES[item.kind],
        "RiskLimit": (item.limit or 0.0) if risk else 0.0,
        "RiskAttachment": item.attachment if risk else 0.0,
        "OccLimit": (item.limit or 0.0) if event else 0.0,
        "OccAttachment": item.attachment if event else 0.0,
        "AggLimit": aggregate or 0.0,
        "AggAttachment": item.attachment if total else item.aggregate_deductible,
        "PlacedPercent": item.share,
        "ReinsCurrency": "EUR",
        "InuringPriority": number,
        "RiskLevel": "ACC" if risk else None,
        "Reinstatement": None if back is None else back.number,
        "ReinstatementCharge": None if back is None else back.price,
        "ReinsPremium": item.premium,
        "OEDVersion": _VERSION,
    }


def _tabulate(rows: list[dict[str, Cell]]) -> Rows:
    header = list(dict.fromkeys(name for row in rows for name in row))
    return header, [[row.get(name) for name in header] for row in rows]


def read_oed(account: Path, *, number: str | None = None) -> tuple[ProgrammeFile, list[str]]:
    """Return the programme of one account of an OED account file of class Cyber, and what was not understood.

    Parameters
    ----------
    number
        ``AccNumber`` of the account; needed when the file holds several.

    Raises
    ------
    HygieError
        The file is no table, holds no such account, or its terms contradict each other.
    """
    with open_sheet(ByteSource.from_path(account)) as sheet:
        names = sheet.head.columns
        rows = [dict(zip(names, row.cells, strict=True)) for row in sheet.rows]
    accounts = sorted({_text(row.get("AccNumber")) for row in rows})
    chosen = number or (accounts[0] if len(accounts) == 1 else None)
    if chosen not in accounts:
        raise UsageError(
            "which account?" if number is None else "there is no such account",
            file=str(account),
            field="--account",
            value=number,
            allowed=", ".join(accounts[:20]) or "an account file with rows",
            repair="choose one with --account",
        )
    mine = [row for row in rows if _text(row.get("AccNumber")) == chosen]
    first = mine[0]
    notes: list[str] = []
    listed = [code.strip() for code in _text(first.get("PolCoverage")).split(";") if code.strip()]
    codes = ["NPBI" if code == "BI" else code for code in listed] or list(OED_COVERAGES)
    coverages: list[dict[str, Any]] = []
    for code in codes:
        if code not in OED_COVERAGES:
            notes.append(f"PolCoverage {code}: no form of loss of hygie, left out")
            continue
        entry: dict[str, Any] = {"id": code.lower(), "name": code, "forms": list(OED_COVERAGES[code])}
        entry["deductible"] = _amount(first, f"PolDed{code}", f"PolDed{'BI' if code == 'NPBI' else code}")
        limit = _amount(first, f"PolLimit{code}", f"PolLimit{'BI' if code == 'NPBI' else code}")
        if limit:
            entry["sub_limit"] = limit
        if code == "NPBI":
            entry["waiting_hours"] = _amount(first, "BIWaitingPeriod")
        coverages.append(entry)
    notes += [
        f"{side}{code}: left out" for code in _OTHER for side in ("PolLimit", "PolDed") if _amount(first, side + code)
    ]
    layers = []
    for index, row in enumerate(mine, start=1):
        layer: dict[str, Any] = {
            "id": f"layer_{index}",
            "attachment": _amount(row, "LayerAttachment"),
            "share": _amount(row, "LayerParticipation") if _text(row.get("LayerParticipation")) else 1.0,
            "aggregate_deductible": _amount(row, "LayerAggAttachment"),
        }
        for key, column in (
            ("limit", "LayerLimit"),
            ("aggregate_limit", "LayerAggLimit"),
            ("premium", "PolGrossPremium"),
        ):
            value = _amount(row, column)
            if value:
                layer[key] = value
        layers.append(layer)
    if _text(first.get("AccCurrency")) not in ("", "EUR"):
        notes.append(f"AccCurrency {_text(first.get('AccCurrency'))}: amounts are taken as euros, not converted")
    data = {
        "schema": "hygie.programme/1",
        "name": _text(first.get("AccName")) or _text(first.get("InsuredName")) or chosen,
        "coverages": coverages,
        "event_deductible": _amount(first, "PolDed"),
        "layers": layers,
    }
    # One way in: a programme from OED is checked like a file that was written by hand.
    return parse_programme(json.dumps(data, ensure_ascii=False).encode(), name=str(account)), notes


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _amount(row: Mapping[str, Any], *names: str) -> float:
    for name in names:
        cell = _text(row.get(name))
        if cell:
            try:
                return float(cell)
            except ValueError:
                raise DataError(
                    f"“{name}” is not a number", field=name, value=cell, allowed="digits, with a point for decimals"
                ) from None
    return 0.0
