"""The headline: what the figures say, in sentences a director can read aloud."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.loss.figures import Figure
from hygie.views.messages import Translate
from hygie.views.numbers import (
    format_count,
    format_euros,
    format_number,
    format_percent,
    natural_frequency,
    round_significant,
)

__all__ = [
    "FIGURE_LABELS",
    "FORM_LABELS",
    "MODULE_LABELS",
    "ORIGIN_LABELS",
    "OUTCOME_LABELS",
    "describe_figure",
    "write_headline",
]

FIGURE_LABELS = {
    "aal": "Average annual loss",
    "aal_own": "Average annual loss left after public compensation",
    "bed_days_per_y": "Bed-days of care lost per year, on average",
    "operations_per_y": "Operations lost per year, on average",
    "visits_diverted_per_y": "Emergency visits diverted per year, on average",
    "stays_per_y": "Stays lost per year, on average",
    "consultations_per_y": "Consultations lost per year, on average",
    "ambulances_diverted_per_y": "Ambulances diverted per year, on average",
    "transfers_per_y": "Patients transferred per year, on average",
    "exposed_bed_days_per_y": "Bed-days of care on paper per year, on average",
    "overtime_h_per_y": "Extra staff hours per year, on average",
    "crisis_h_per_y": "Hours of crisis cell per year, on average",
    "neighbour_load_per_y": "Patients that neighbours may have to take per year, on average",
    "neighbour_load_1_in_100": "Patients that neighbours may have to take, exceeded one year in 100",
    "aal_insured": "Average annual loss paid by insurance",
    "var_95": "Annual loss exceeded one year in 20",
    "var_99": "Annual loss exceeded one year in 100",
    "tvar_95": "Average of the worst 5 years in 100",
    "tvar_99": "Average of the worst year in 100",
    "var_99_own": "Annual loss left after compensation, exceeded one year in 100",
    "bed_days_1_in_100": "Bed-days of care lost, exceeded one year in 100",
    "p_encryption": "Probability of any encryption within a year",
    "p_server_or_more": "Probability that at least one server is encrypted within a year",
    "p_major": "Probability of a major encryption within a year",
    "p_outage_week": "Probability of an outage of a week or more within a year",
    "p_provider_theft": "Probability of a theft of its data at a shared provider within a year",
    "p_data_stolen": "Probability of a theft of personal data within a year",
}

OUTCOME_LABELS = {
    "blocked": "Blocked at the door",
    "stopped": "Contained intrusion",
    "theft_only": "Data stolen, nothing encrypted",
    "workstation": "Workstations encrypted",
    "server": "One server encrypted",
    "several_servers": "Several servers encrypted",
    "everything": "Directory lost, everything encrypted",
    "outage": "Outage without intrusion",
}

ORIGIN_LABELS = {
    "own": "Attack on the facility itself",
    "neighbour": "Rebound from a linked facility",
    "provider": "Shared provider",
    "campaign": "Campaign",
}

MODULE_LABELS = {
    "information_privacy": "Information privacy",
    "proprietary_data_loss": "Proprietary data loss",
    "business_interruption": "Business interruption",
    "cyber_extortion": "Cyber extortion",
    "network_security": "Network security",
    "financial_fraud": "Financial fraud",
    "media_content": "Media content",
    "hardware_bricking": "Damaged devices",
    "post_breach_security": "Security rebuilt after a breach",
    "reputational_damage": "Reputational damage",
}

FORM_LABELS = {
    "response": "Response",
    "restoration": "Restoration",
    "activity": "Lost activity",
    "third_party": "Third parties and legal",
    "extortion": "Extortion",
    "reputation": "Slow return of activity",
}


def describe_figure(name: str, _: Translate) -> str:
    """Return the label of a figure."""
    basis, _sep, period = name.partition("_")
    if basis in ("oep", "aep") and period.isdigit():
        text = (
            "Largest event exceeded one year in {period}"
            if basis == "oep"
            else "Annual loss exceeded one year in {period}"
        )
        return _(text, period=period)
    return _(FIGURE_LABELS[name])


def write_headline(
    figures: Mapping[str, Figure], *, rebound_share: float | None, language: str, _: Translate
) -> list[str]:
    """Return the headline in natural frequencies, ranges beside every figure."""
    major = figures["p_major"]
    count, base = natural_frequency(major.value)
    low, high = (round(value * base, 1 if value * base < 2 else 0) for value in (major.low, major.high))

    def span(figure: Figure) -> tuple[str, str]:
        return format_euros(figure.low, language), format_euros(figure.high, language)

    aal_low, aal_high = span(figures["aal"])
    bad_low, bad_high = span(figures["aep_100"])
    return [
        _(
            "In the next 12 months, about {count} in {base} facilities like this one would have several servers or "
            "everything encrypted (likely between {low} and {high}).",
            count=format_count(count, language),
            base=format_count(base, language),
            low=_plain(low, language),
            high=_plain(high, language),
        ),
        _(
            "Averaged over good and bad years, cyber incidents would cost {value} a year "
            "(likely between {low} and {high}).",
            value=format_euros(figures["aal"].value, language),
            low=aal_low,
            high=aal_high,
        ),
        _(
            "One year in 100 would cost more than {value} (likely between {low} and {high}); one year in 100, not "
            "always the same, would lose more than {days} bed-days of care.",
            value=format_euros(figures["aep_100"].value, language),
            low=bad_low,
            high=bad_high,
            days=format_count(_tidy(figures["bed_days_1_in_100"].value), language),
        ),
        _(
            "{share} of the average loss would come from a linked facility or a shared provider.",
            share=format_percent(rebound_share, language),
        )
        if rebound_share is not None
        else _("No linked facility or shared provider is described, so no rebound is counted."),
    ]


def _plain(value: float, language: str) -> str:
    return format_number(value, language) if value != round(value) else format_count(value, language)


def _tidy(value: float) -> float:
    return round_significant(value, 2)
