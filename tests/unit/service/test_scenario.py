"""The scenario explorer on the example: suppositions hold, figures add up with the assessment, pairs pay."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from hygie.core.errors import ModelError, UsageError
from hygie.core.tables import FORMS, OUTCOMES
from hygie.service.assess import assess
from hygie.service.requests import AssessmentRequest
from hygie.service.scenario import list_scenarios, run_scenario
from hygie.service.scenario_figures import pair_events
from hygie.service.scenario_runs import choose_event, spread_rows
from hygie.simulation.runners import OneEvent, simulate
from scenario_kit import EXAMPLE, request_of, scenario_of


def ransomware() -> object:
    return scenario_of("ransomware", ("actor", "LockBit 3.0"), ("entry", "valid_account"))


def test_the_supposed_actor_and_entry_are_in_every_event() -> None:
    run = ransomware().run
    labels, columns = run.shown.model.labels, run.shown.yelt.columns
    assert {labels.actors[a] for a in np.asarray(columns["actor"])} == {"lockbit"}
    assert {labels.vectors[v] for v in run.replays.vector} == {"valid_account"}
    kept = np.asarray(columns["outcome"])[run.shown.rows]
    assert kept.min() >= OUTCOMES.index("workstation")
    assert kept.max() <= OUTCOMES.index("everything")


def test_the_ends_add_up_to_100_and_say_what_is_kept() -> None:
    view = ransomware().view
    assert sum(end.per_100 for end in view.ends) == pytest.approx(100.0)
    kept = sum(end.per_100 for end in view.ends if end.kept)
    assert kept == pytest.approx(100.0 * view.plan.kept / view.plan.events)
    figures = {figure.id: figure for figure in view.figures}
    assert sum(figures[f"loss_{form}_eur"].mean for form in FORMS) == pytest.approx(figures["loss_eur"].mean)
    assert all(figure.low <= figure.median <= figure.high for figure in view.figures)


def test_frequency_times_conditional_mean_is_the_average_annual_loss_of_each_class() -> None:
    """Rates of each draw times what one event costs in it, against the simulation of years."""
    run = scenario_of("ransomware").run
    years = assess(
        AssessmentRequest(facility=str(EXAMPLE), years=60_000, draws=20, as_of=date(2026, 11, 23)), threads=1
    )
    model, labels = run.shown.model, run.shown.model.labels
    assert years.model.digest == model.digest
    columns = years.yelt.columns
    own = np.asarray(columns["origin"]) == 0
    for process, ends in ((0, ("ransomware", "extortion", "intrusion")), (1, ("ot",))):
        given = simulate(model, run.events.yelt.plan, given=OneEvent("attempt", 0, process), threads=1)
        rate = np.asarray(model.arrays["node_rate_per_y"], dtype=float)[:, 0, process]
        draw = np.asarray(given.columns["draw"], dtype=int)
        loss = np.asarray(given.columns["loss_eur"], dtype=float)
        for name in ends:
            position = labels.classes.index(name)
            chosen = np.asarray(given.columns["threat_class"]) == position
            per_draw = given.plan.years // given.plan.draws
            expected = float((rate * np.bincount(draw[chosen], loss[chosen], minlength=20) / per_draw).mean())
            squares = np.bincount(draw[chosen], loss[chosen] ** 2, minlength=20) / per_draw
            error = np.sqrt((rate**2 * squares / per_draw).sum()) / 20
            mine = own & (np.asarray(columns["threat_class"]) == position) & (np.asarray(columns["process"]) == process)
            annual = np.asarray(columns["loss_eur"], dtype=float)[mine]
            simulated = annual.sum() / years.yelt.plan.years
            spread = np.sqrt((annual**2).sum()) / years.yelt.plan.years
            assert abs(expected - simulated) <= 3.0 * np.hypot(error, spread), name


def test_pairing_makes_the_error_smaller_and_a_control_helps() -> None:
    run = run_scenario(request_of("ransomware", entry="valid_account", control={"mfa": 1.0}), threads=1).run
    assert run.as_described is not None
    for name, pair in pair_events(run.as_described, run.events).items():
        assert pair.difference == pytest.approx(pair.with_ - pair.without)
        if name in ("kept", "loss_eur", "bed_days_lost"):
            assert 2.0 * pair.error**2 < pair.unpaired_error**2
            assert pair.difference < -2.0 * pair.error


def test_the_told_event_lies_where_its_rule_says_and_within_the_replays() -> None:
    scenario = scenario_of("ransomware", ("outcome", ("everything",)))
    run, view = scenario.run, scenario.view
    loss = np.asarray(run.shown.yelt.columns["loss_eur"], dtype=float)[run.shown.rows]
    assert view.event.loss_eur == pytest.approx(np.median(loss), rel=0.05)
    assert choose_event(run.shown, "worst") == choose_event(run.shown, 1)
    worst, rank = choose_event(run.shown, "worst")
    assert rank == 1
    assert np.asarray(run.shown.yelt.columns["loss_eur"])[worst] == loss.max()
    with pytest.raises(UsageError, match="fewer events"):
        choose_event(run.shown, loss.size + 1)
    spread = np.asarray(run.shown.yelt.columns["loss_eur"])[spread_rows(run.shown, 10)]
    assert np.all(np.diff(spread) >= 0.0)
    outside = inside = 0
    for service in view.services:
        assert len(service.low) == len(view.day)
        for low, median, high, told in zip(service.low, service.median, service.high, service.told, strict=True):
            assert 0.0 <= low <= median <= high <= 1.0
            inside += low - 1e-9 <= told <= high + 1e-9
            outside += not low - 1e-9 <= told <= high + 1e-9
    assert inside > 4 * outside


def test_the_steps_of_the_told_event_follow_the_graph() -> None:
    view = scenario_of("ransomware", ("outcome", ("everything",))).view
    steps = view.event.steps
    ways = {(passage.source, passage.target, passage.crossing) for passage in view.graph.passages}
    held = {steps[0].zone}
    assert steps[0].kind == "entry"
    assert [step.hour for step in steps] == sorted(step.hour for step in steps)
    for step in steps:
        if step.kind == "move":
            assert (step.source, step.zone, step.crossing) in ways
            assert step.source in held
            held.add(step.zone)
    assert held == {zone.id for zone in view.event.zones if zone.reached_h is not None}
    assert "T1486" in {name for step in steps for name in step.techniques}


@pytest.mark.parametrize("target", ["cold", "imaging", "pumps", "access", "power"])
def test_an_attack_on_equipment_hits_what_it_is_after(target: str) -> None:
    view = scenario_of("ot", ("target", (target,)), ("events", 8_000)).view
    hit = {zone.id: zone.hit for zone in view.zones if zone.hit}
    assert hit == {target: 1.0}


def test_shared_events_are_told_too() -> None:
    denial = scenario_of("ddos").view
    assert denial.event.steps[0].techniques == ["T1498"]
    assert {end.id for end in denial.ends} == {"blocked", "outage"}
    vendor = scenario_of("provider", ("provider", "generic-his-vendor")).view
    assert vendor.plan.kept == vendor.plan.events
    assert vendor.question.provider is not None
    assert all(end.kept for end in vendor.ends)


def test_threads_leave_no_trace() -> None:
    request = request_of("extortion")
    one, two = (run_scenario(request, threads=threads).view for threads in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("threat_class", "more", "message"),
    [
        ("ransomwar", {}, "did you mean “ransomware”"),
        ("ransomware", {"actor": "lokbit"}, "did you mean “lockbit”"),
        ("ransomware", {"actor": "killnet"}, "takes no part"),
        ("ransomware", {"entry": "phising"}, "did you mean “phishing”"),
        ("ransomware", {"outcome": ("stopped",)}, "no outcome of this class"),
        ("ransomware", {"target": ("files",)}, "after the directory"),
        ("ransomware", {"control": {"mfaa": 1.0}}, "did you mean “mfa”"),
        ("ot", {"target": ("identity",)}, "does no damage"),
        ("ot", {"target": ("colt",)}, "did you mean “cold”"),
        ("provider", {}, "which provider"),
        ("ddos", {"entry": "phishing"}, "does not go with"),
        ("ransomware", {"events": 100, "draws": 60}, "too few events"),
    ],
)
def test_wrong_suppositions_are_told_with_a_repair(threat_class: str, more: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_scenario(request_of(threat_class, **more), threads=1)
    assert message in str(caught.value)
    assert caught.value.findings[0].repair


def test_suppositions_that_leave_nothing_are_refused() -> None:
    """An actor that never encrypts ends no attempt in ransomware."""
    with pytest.raises(ModelError, match="none of 4000 simulated events"):
        run_scenario(request_of("ransomware", actor="industrial-spy"), threads=1)


def test_the_list_names_what_the_runs_take() -> None:
    view = list_scenarios(EXAMPLE, as_of=date(2026, 11, 23), language="fr")
    classes = {entry.id: entry for entry in view.classes}
    assert [choice.id for choice in classes["ransomware"].outcomes] == [
        "workstation", "server", "several_servers", "everything"
    ]  # fmt: skip
    assert "cold" in {choice.id for choice in classes["ot"].targets}
    assert not classes["ransomware"].targets
    assert "generic-his-vendor" in {choice.id for choice in view.providers}
    known = set(scenario_of("ransomware").run.shown.model.labels.actors)
    assert {choice.id for choice in view.actors} <= known
