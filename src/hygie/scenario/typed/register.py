"""The register file: scenarios, controls and sources, read and checked."""

from __future__ import annotations

from datetime import date
from math import inf
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.distributions import Distribution
from hygie.core.errors import DataError, Finding, HygieError, suggest
from hygie.core.estimate import Method
from hygie.core.typed_model import FORM_NAMES, MAX_RATE_PER_Y
from hygie.scenario.typed.ranges import Range, build_distribution
from hygie.store.documents import DataPath, Document, read_document, validate_model

__all__ = [
    "LossSide",
    "Quantity",
    "Register",
    "RegisterControl",
    "RegisterSource",
    "Terms",
    "TypedScenario",
    "check_register",
    "list_quantities",
    "load_register",
    "read_register",
]

MAX_SCENARIOS = 500

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Euros = Annotated[float, Field(ge=0.0, le=1e15, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegisterSource(_Part):
    """Something a range rests on."""

    ref: Name
    title: Text
    link: Annotated[str | None, Field(pattern=r"^https?://\S{1,500}$")] = None
    published_on: Annotated[str | None, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] = None


class LossSide(_Part):
    """Loss magnitude of one event: unsplit, or by form of Open FAIR."""

    unsplit: Range | None = None
    productivity: Range | None = None
    response: Range | None = None
    replacement: Range | None = None
    competitive_advantage: Range | None = None
    fines_judgements: Range | None = None
    reputation: Range | None = None

    def forms(self) -> dict[str, Range]:
        """Return the forms that are given, in the order of Open FAIR."""
        found = {name: getattr(self, name) for name in FORM_NAMES}
        return {name: value for name, value in found.items() if value is not None}


class SecondaryLoss(LossSide):
    """What others make of a loss event: how often they do, and what it costs then."""

    frequency: Annotated[Range, Field(description="share of loss events that are followed by a secondary loss")]


class Terms(_Part):
    """Cover of one scenario: per loss event, then per year."""

    deductible: Euros = 0.0
    limit: Euros | None = None
    annual_limit: Euros | None = None


class TypedScenario(_Part):
    """One FAIR loss-event scenario."""

    id: Name
    name: Text
    description: Annotated[str | None, Field(max_length=4000)] = None
    method: Method | None = None
    sources: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    last_checked_on: Day | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    threat_event_frequency: Range | None = None
    contact_frequency: Range | None = None
    probability_of_action: Range | None = None
    susceptibility: Range | None = None
    threat_capability: Range | None = None
    resistance_strength: Range | None = None
    primary_loss: LossSide
    secondary_loss: SecondaryLoss | None = None
    loss_cap: Annotated[Euros | None, Field(description="most that one event can cost")] = None
    terms: Terms | None = None


class RegisterControl(_Part):
    """A control: what it takes off frequency, susceptibility or magnitude, or adds to resistance strength."""

    id: Name
    name: Text
    in_place: bool = False
    applies_to: Annotated[
        tuple[str, ...], Field(max_length=MAX_SCENARIOS, description="scenario ids; all when empty")
    ] = ()
    coverage: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    frequency: Range | None = None
    susceptibility: Range | None = None
    strength: Range | None = None
    magnitude: Range | None = None
    cost_per_y: Euros | None = None
    method: Method | None = None
    sources: Annotated[tuple[str, ...], Field(max_length=50)] = ()


class Register(_Part):
    """A register of typed scenarios, in euros of 2024."""

    schema_: Annotated[Literal["hygie.fair/1"], Field(alias="schema")] = "hygie.fair/1"
    id: Name
    name: Text
    description: Annotated[str | None, Field(max_length=4000)] = None
    loss_cap: Annotated[Euros | None, Field(description="capacity to lose: caps every event of every scenario")] = None
    sources: Annotated[tuple[RegisterSource, ...], Field(max_length=1000)] = ()
    scenarios: Annotated[tuple[TypedScenario, ...], Field(min_length=1, max_length=MAX_SCENARIOS)]
    controls: Annotated[tuple[RegisterControl, ...], Field(max_length=200)] = ()


class Quantity(_Part):
    """One range of a register: where it stands, what it may be, what it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    path: tuple[str | int, ...]
    label: str
    owner: str
    unit: str
    varies: Literal["belief", "event"]
    spec: Range
    method: Method | None
    sources: tuple[str, ...]

    def distribution(self) -> Distribution:
        """Return its distribution inside the bounds of its unit."""
        upper = {"share": 1.0, "1/y": MAX_RATE_PER_Y}.get(self.unit, inf)
        # A frequency may be typed with a long tail: the arrays refuse what passes the bound.
        return build_distribution(self.spec, lower=0.0, upper=inf if self.unit == "1/y" else upper)


_FIELDS = (
    ("threat_event_frequency", "1/y", "belief"),
    ("contact_frequency", "1/y", "belief"),
    ("probability_of_action", "share", "belief"),
    ("susceptibility", "share", "belief"),
    ("threat_capability", "share", "event"),
    ("resistance_strength", "share", "event"),
)


def list_quantities(register: Register) -> list[Quantity]:
    """Return every range of a register, each with the method and the sources that hold for it."""
    found: list[Quantity] = []

    def add(
        owner: TypedScenario | RegisterControl, path: tuple[str | int, ...], spec: Range, unit: str, varies: str
    ) -> None:
        label = ".".join(str(part) for part in path[2:])
        found.append(
            Quantity(
                path=path,
                label=label,
                owner=owner.id,
                unit=unit,
                varies=spec.varies or varies,  # type: ignore[arg-type]
                spec=spec,
                method=spec.method or (None if spec.sources else owner.method),
                sources=spec.sources or owner.sources,
            )
        )

    for index, scenario in enumerate(register.scenarios):
        for name, unit, varies in _FIELDS:
            spec = getattr(scenario, name)
            if spec is not None:
                add(scenario, ("scenarios", index, name), spec, unit, varies)
        for form, spec in scenario.primary_loss.forms().items():
            add(scenario, ("scenarios", index, "primary_loss", form), spec, "EUR_2024", "event")
        if scenario.secondary_loss is not None:
            place = ("scenarios", index, "secondary_loss")
            add(scenario, (*place, "frequency"), scenario.secondary_loss.frequency, "share", "belief")
            for form, spec in scenario.secondary_loss.forms().items():
                add(scenario, (*place, form), spec, "EUR_2024", "event")
    for index, control in enumerate(register.controls):
        for name in ("frequency", "susceptibility", "strength", "magnitude"):
            spec = getattr(control, name)
            if spec is not None:
                add(control, ("controls", index, name), spec, "share", "belief")
    return found


def read_register(path: Path) -> tuple[Register, Document]:
    """Read a register file without checking names and ranges.

    Raises
    ------
    DocumentError, SchemaError, ElicitationError
        The file is unreadable or a field is wrong; with file, line and repair.
    """
    document = read_document(path)
    return validate_model(document, Register), document


def load_register(path: Path) -> Register:
    """Read and check a register file.

    Raises
    ------
    DataError
        Everything that is wrong, with file, line and repair.
    """
    register, document = read_register(path)
    findings = check_register(register, document)
    if findings:
        raise DataError.from_findings(findings)
    return register


def check_register(register: Register, document: Document | None) -> list[Finding]:
    """Return every name that leads nowhere, every range that contradicts itself, and every part that is missing."""
    findings: list[Finding] = []

    def note(
        path: DataPath, message: str, *, value: str | None = None, allowed: str | None = None, repair: str
    ) -> None:
        findings.append(
            Finding(
                code="HYG-202",
                message=message,
                file=document.name if document is not None else register.id,
                line=document.line_near(path) if document is not None else None,
                field=".".join(str(part) for part in path),
                value=value,
                allowed=allowed,
                repair=repair,
            )
        )

    ids = [scenario.id for scenario in register.scenarios]
    for kind, names in (
        ("scenarios", ids),
        ("controls", [control.id for control in register.controls]),
        ("sources", [source.ref for source in register.sources]),
    ):
        for index, name in enumerate(names):
            if name in names[:index]:
                note((kind, index), f"“{name}” stands twice", value=name, repair="rename one of the two")
    for index, scenario in enumerate(register.scenarios):
        _check_scenario(scenario, ("scenarios", index), note)
    for index, control in enumerate(register.controls):
        _check_control(control, ("controls", index), register, note)
    refs = {source.ref for source in register.sources}
    for quantity in list_quantities(register):
        for ref in quantity.sources:
            if ref not in refs:
                close = suggest(ref, refs)
                note(quantity.path, f"source “{ref}” is not in `sources`", value=ref, repair=close or "add it")
        if not quantity.sources and quantity.method is not Method.ASSUMED:
            note(
                quantity.path,
                "a range names no source",
                repair="name `sources`, or say `method: assumed` so that it is listed as an assumption",
            )
        try:
            quantity.distribution()
        except HygieError as error:
            findings.extend(
                error.located(
                    file=document.name if document is not None else register.id,
                    line=document.line_near(quantity.path) if document is not None else None,
                    field=".".join(str(part) for part in quantity.path),
                ).findings
            )
    return findings


def _check_scenario(scenario: TypedScenario, path: tuple[str | int, ...], note: object) -> None:
    assert callable(note)
    typed = scenario.threat_event_frequency is not None
    derived = (scenario.contact_frequency is not None, scenario.probability_of_action is not None)
    if typed == any(derived) or (not typed and not all(derived)):
        note(
            path,
            "a scenario has one frequency",
            value=scenario.id,
            allowed="threat_event_frequency, or contact_frequency with probability_of_action",
            repair="give one of the two",
        )
    typed = scenario.susceptibility is not None
    derived = (scenario.threat_capability is not None, scenario.resistance_strength is not None)
    if typed == any(derived) or (not typed and not all(derived)):
        note(
            path,
            "a scenario says once how attempts become losses",
            value=scenario.id,
            allowed="susceptibility, or threat_capability with resistance_strength",
            repair="give one of the two; `susceptibility: 1` when every event counted is a loss",
        )
    if not scenario.primary_loss.forms():
        note((*path, "primary_loss"), "no loss is given", repair="give `unsplit`, or at least one form")
    if scenario.secondary_loss is not None and not scenario.secondary_loss.forms():
        note((*path, "secondary_loss"), "no loss is given", repair="give `unsplit`, or at least one form")
    for side, name in ((scenario.primary_loss, "primary_loss"), (scenario.secondary_loss, "secondary_loss")):
        if side is not None and len(side.forms()) > 1 and "unsplit" in side.forms():
            note((*path, name), "a loss is split or not", repair="remove `unsplit`, or the forms")
    terms = scenario.terms
    if (
        terms is not None
        and terms.limit is not None
        and terms.annual_limit is not None
        and terms.annual_limit < terms.limit
    ):
        note(
            (*path, "terms", "annual_limit"),
            "the annual limit is below the limit per event",
            value=f"{terms.annual_limit:g}",
            allowed=f"at least {terms.limit:g}",
            repair="raise the annual limit, or lower the limit per event",
        )
    if scenario.valid_from and scenario.valid_until and scenario.valid_from >= scenario.valid_until:
        note((*path, "valid_until"), "a scenario ends before it begins", repair="swap the two dates")
    for name in ("valid_from", "valid_until", "last_checked_on"):
        day = getattr(scenario, name)
        if day is not None and not _is_day(day):
            note((*path, name), "this day does not exist", value=day, repair="write YYYY-MM-DD")


def _check_control(control: RegisterControl, path: tuple[str | int, ...], register: Register, note: object) -> None:
    assert callable(note)
    by_id = {scenario.id: scenario for scenario in register.scenarios}
    if not any((control.frequency, control.susceptibility, control.strength, control.magnitude)):
        note(path, "a control has no effect", repair="give frequency, susceptibility, strength or magnitude")
    for name in control.applies_to:
        if name not in by_id:
            note(
                (*path, "applies_to"),
                f"no scenario “{name}”",
                value=name,
                repair=suggest(name, by_id) or "check the id",
            )
    for name in control.applies_to or tuple(by_id):
        scenario = by_id.get(name)
        if scenario is None:
            continue
        if control.strength is not None and scenario.susceptibility is not None and control.susceptibility is None:
            note(
                (*path, "strength"),
                f"“{name}” types susceptibility, so there is no strength to raise",
                repair="give the control a `susceptibility` effect, or name the scenarios in `applies_to`",
            )
        if control.susceptibility is not None and scenario.susceptibility is None and control.strength is None:
            note(
                (*path, "susceptibility"),
                f"“{name}” types capability against strength, so there is no susceptibility to lower",
                repair="give the control a `strength` effect, or name the scenarios in `applies_to`",
            )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
