"""The rows of a landscape page: counts, tallies, months, actors, campaigns, incidents and their evidence."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.core.evidence import Evidence
from hygie.knowledge.landscape import Landscape, Scope, Window
from hygie.knowledge.landscape.counts import (
    Breakdown,
    Spread,
    Tally,
    census_class_of,
    count_events,
    read_care_effect,
)
from hygie.knowledge.landscape.reconcile import Published
from hygie.knowledge.landscape.select import LATE
from hygie.knowledge.landscape.trends import Month
from hygie.knowledge.records import Incident
from hygie.service.evidence import show_evidence
from hygie.service.landscape_sentences import (
    describe_breakdown,
    describe_spread,
    describe_wave,
    name_actor,
    name_class,
    name_count,
    name_key,
)
from hygie.service.victims import name_victim
from hygie.views.landscape import (
    ActorRow,
    BreakdownView,
    CampaignView,
    CountedView,
    IncidentRowView,
    MonthView,
    PeriodView,
    QuantityView,
    SourceView,
    SpreadView,
    TallyView,
)
from hygie.views.landscape_words import date_label, label_of, month_label, window_label
from hygie.views.messages import Language, translator

__all__ = ["RowWriter", "list_refs", "show_source"]

_HOURS_PER_DAY = 24.0


def list_refs(incidents: Iterable[Incident]) -> list[str]:
    """Return the refs of incidents."""
    return [incident.ref for incident in incidents]


def show_source(evidence: Evidence, language: Language) -> SourceView:
    """Return one piece of evidence, with the words that stand for its link and its grade."""
    _ = translator(language)
    shown = show_evidence(evidence, language)
    reliability = label_of("reliability", evidence.reliability, language)
    credibility = label_of("credibility", str(evidence.credibility), language)
    return SourceView(
        **shown.model_dump(),
        link_text=evidence.link or _("no public link"),
        grade_text=_("{reliability}, {credibility}", reliability=reliability, credibility=credibility),
    )


class RowWriter:
    """Writes the rows of one landscape in one language."""

    def __init__(self, landscape: Landscape, language: Language) -> None:
        self._landscape = landscape
        self._knowledge = landscape.knowledge
        self.language = language
        self._scope: Scope = landscape.scope

    def period(self, window: Window) -> PeriodView:
        """Return a window, as far as it is known."""
        known = window.end_at(self._scope.as_of)
        return PeriodView(
            start=window.first.isoformat(),
            end=window.last.isoformat(),
            known_until=max(known.last, window.first).isoformat(),
            days=max(known.days, 0),
            label=window_label(window.first, window.last, self.language),
        )

    def sources(self, refs: Iterable[str]) -> list[SourceView]:
        """Return the evidence that may be shown."""
        known = (self._knowledge.evidence[ref] for ref in refs if ref in self._knowledge.evidence)
        return [show_source(evidence, self.language) for evidence in known if self._scope.allows(evidence.tlp)]

    def counted(self, item: Published) -> CountedView:
        """Return a published count."""
        count = item.count
        return CountedView(
            ref=count.ref,
            label=name_count(self._landscape, count, self.language),
            threat_class=count.threat_class,
            class_label=name_class(self._landscape, count.threat_class, self.language),
            count=count.count,
            at_least=count.at_least,
            low=item.mean.low if item.mean else None,
            high=item.mean.high if item.mean else None,
            period=self.period(item.window),
            position=item.position,
            role=count.role,
            nested_in=count.nested_in,
            overlaps=list(count.overlaps),
            population=count.population,
            definition=count.definition.in_language(self.language),
            out_of_scope=count.out_of_scope,
            actors=[name_actor(self._landscape, ref, self.language) for ref in count.actors],
            sources=self.sources(count.evidence),
        )

    def tally(self, row: Tally, trait: str) -> TallyView:
        """Return one row of a count by trait."""
        return TallyView(
            id=row.key or "not_reported",
            label=name_key(self._landscape, trait, row.key, self.language),
            facilities=row.facilities,
            events=row.events,
            low=row.mean.low,
            high=row.mean.high,
            share=row.share,
            share_low=row.share_range.low if row.share_range else None,
            share_high=row.share_range.high if row.share_range else None,
            reported=row.key is not None,
            incidents=list_refs(row.incidents),
        )

    def breakdown(self, breakdown: Breakdown, title: str) -> BreakdownView:
        """Return a count by trait."""
        return BreakdownView(
            id=breakdown.trait,
            title=title,
            sentence=describe_breakdown(self._landscape, breakdown, self.language),
            facilities=breakdown.facilities,
            events=breakdown.events,
            reported=breakdown.reported,
            rows=[self.tally(row, breakdown.trait) for row in breakdown.rows],
        )

    def spread(self, spread: Spread, title: str) -> SpreadView:
        """Return a measured trait."""
        values = [value for _incident, _quantity, value in spread.values]
        return SpreadView(
            id=spread.trait,
            title=title,
            sentence=describe_spread(spread, self.language),
            unit=spread.unit,
            facilities=spread.facilities,
            reported=len(values),
            estimated=sum(quantity.estimated for _incident, quantity, _value in spread.values),
            zeros=values.count(0.0),
            median=spread.median,
            low=values[0] if values else None,
            high=values[-1] if values else None,
            values=[
                QuantityView(
                    incident=incident.ref,
                    victim=name_victim(incident.victim, self.language),
                    value=value,
                    estimated=quantity.estimated,
                    note=quantity.note.in_language(self.language) if quantity.note else None,
                )
                for incident, quantity, value in spread.values
            ],
        )

    def month(self, month: Month) -> MonthView:
        """Return one month."""
        name = month.window.first.isoformat()[:7]
        classes = month.by_class()
        return MonthView(
            month=name,
            label=month_label(name, self.language),
            facilities=len(month.incidents),
            events=count_events(month.incidents),
            facilities_by_class={ref: len(group) for ref, group in classes.items()},
            events_by_class={ref: count_events(group) for ref, group in classes.items()},
            status=month.status,
            incidents=list_refs(month.incidents),
        )

    def actors(self) -> list[ActorRow]:
        """Return the actors, the unknown one last."""
        known = self._knowledge.actors
        return [
            ActorRow(
                id=row.ref,
                label=name_actor(self._landscape, row.ref, self.language),
                kind=known[row.ref].kind if row.ref in known else None,
                facilities=row.facilities,
                events=row.events,
                low=row.mean.low,
                high=row.mean.high,
                confidence=dict(row.confidence),
                classes=list(dict.fromkeys(incident.threat_class for incident in row.incidents)),
                named_by=[count.ref for count in row.named_by],
                incidents=list_refs(row.incidents),
            )
            for row in self._landscape.actors
        ]

    def campaigns(self) -> list[CampaignView]:
        """Return the campaigns, oldest first."""
        return [
            CampaignView(
                ref=wave.campaign.ref,
                name=wave.campaign.name.in_language(self.language) if wave.campaign.name else wave.campaign.ref,
                threat_class=wave.campaign.threat_class,
                class_label=name_class(self._landscape, wave.campaign.threat_class, self.language),
                actor=wave.campaign.actor,
                actor_label=name_actor(self._landscape, wave.campaign.actor, self.language),
                date=date_label(wave.campaign.started_on, wave.campaign.date_precision or "day", self.language),
                placement=wave.placement,
                published=wave.campaign.victims_published,
                named=wave.campaign.victims_named,
                documented=len(wave.documented),
                sentence=describe_wave(wave, self.language),
                note=wave.campaign.notes.in_language(self.language) if wave.campaign.notes else None,
                sources=self.sources(wave.campaign.evidence),
            )
            for wave in self._landscape.waves
        ]

    def incident(self, incident: Incident, *, counted: bool) -> IncidentRowView:
        """Return a documented incident with its evidence."""
        language, victim = self.language, incident.victim
        late = incident.date_basis in LATE
        actor = self._landscape.names.resolve(incident.actor.name)
        marking = self._knowledge.marking("incident", incident.ref, incident.evidence)
        return IncidentRowView(
            ref=incident.ref,
            victim=name_victim(victim, language),
            kind=victim.kind,
            kind_label=label_of("kind", victim.kind, language),
            town=victim.town,
            department=victim.department,
            region=victim.region,
            date=incident.started_on,
            date_label=date_label(incident.started_on, incident.date_precision, language),
            date_precision=incident.date_precision,
            date_basis=incident.date_basis,
            date_basis_label=label_of("date_basis", incident.date_basis, language),
            part="counted" if counted else ("after_the_fact" if late else "possible"),
            threat_class=incident.threat_class,
            class_label=name_class(self._landscape, incident.threat_class, language),
            census_class=census_class_of(incident),
            event=incident.event,
            actor=actor,
            actor_label=name_actor(self._landscape, actor, language),
            confidence=incident.actor.confidence,
            care=read_care_effect(incident) or "not_reported",
            care_text=incident.care_impact.in_language(language) if incident.care_impact else None,
            ot_text=incident.ot_effect.in_language(language) if incident.ot_effect else None,
            data_leaked=incident.data_leaked or "not_reported",
            disruption_days=incident.disruption.value / _HOURS_PER_DAY if incident.disruption else None,
            note=incident.notes.in_language(language) if incident.notes else None,
            tlp=marking.value,
            sources=self.sources(incident.evidence),
        )
