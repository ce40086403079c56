"""The column dictionary: every stored column and every compiled array, defined once.

It generates the NumPy dtypes, the Parquet metadata, the schemas and the reference page.
Axes: draw, node (an organisation), template (a zone graph), zone, edge, need, type (of crossing), control, process,
vector, actor, scope (of an event), service, flow, item (of loss), form, driver, link, provider, client, area, campaign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "COMPILED_COLUMNS",
    "DRIVERS",
    "FLOWS",
    "FORMS",
    "MODULES",
    "ORIGINS",
    "OUTCOMES",
    "SCOPES",
    "YELT_COLUMNS",
    "Column",
    "yelt_dtype",
]

OUTCOMES = ("blocked", "stopped", "theft_only", "workstation", "server", "several_servers", "everything", "outage")
ORIGINS = ("own", "neighbour", "provider", "campaign")
FORMS = ("response", "restoration", "activity", "third_party", "extortion", "reputation")
MODULES = (
    "information_privacy",
    "proprietary_data_loss",
    "business_interruption",
    "cyber_extortion",
    "network_security",
    "financial_fraud",
    "media_content",
    "hardware_bricking",
    "post_breach_security",
    "reputational_damage",
)
FLOWS = ("bed_days", "stays", "operations", "visits", "revenue", "consultations", "critical_bed_days", "stock")
SCOPES = ("stopped", "workstation", "server", "several_servers", "everything")
DRIVERS = (
    *(f"scope_{scope}" for scope in SCOPES),
    "workstations",
    "servers",
    "devices",
    "crisis_h",
    "overtime_h",
    "activity_revenue",
    "scar_revenue",
    "persons_notified",
    "theft",
    "ransom_paid",
    "ddos",
    "provider_outage",
    "blackmail_paid",
    "provider_theft",
    "provider_persons",
    "stock_lost",
    "rebuild_several_servers",
    "rebuild_everything",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it means, in which unit, along which axes."""

    name: str
    dtype: str
    unit: str
    description: str
    axes: tuple[str, ...] = ()


def _compiled() -> tuple[Column, ...]:
    f8, i4, i8, u1, u8 = "float64", "int32", "int64", "uint8", "uint64"
    rows: list[tuple[str, str, str, str, str]] = [
        # nodes
        ("node_template", i4, "1", "node", "Zone graph used by the node"),
        ("node_zone_ptr", i8, "1", "node+1", "First entry of the node in the node-zone arrays"),
        ("node_zone_hosts", f8, "hosts", "node-zone", "Workstations, servers or devices in the zone"),
        (
            "node_size_factor",
            f8,
            "1",
            "node",
            "Size relative to the reference organisation, raised to the cost elasticity",
        ),
        ("node_records", f8, "persons", "draw,node", "Persons whose data the organisation holds in a readable form"),
        (
            "node_exposed_share",
            f8,
            "share",
            "draw,node",
            "Share of revenue that depends on the activity of the day",
        ),
        ("node_pays_ransom", f8, "share", "draw,node", "Probability that a ransom is paid after a major encryption"),
        ("node_pays_blackmail", f8, "share", "draw,node", "Probability that silence is paid for after a mere theft"),
        ("node_loss_cap_eur", f8, "EUR_2024", "draw,node", "Most that one event can cost: capacity to lose"),
        ("node_is_assessed", u1, "1", "node", "1 when losses of the node are wanted, 0 when it only passes attacks on"),
        ("node_rate_per_y", f8, "1/y", "draw,node,process", "Attempts per year (threat event frequency)"),
        ("node_visibility", f8, "1", "draw,node", "Probability to be picked as one victim of a campaign"),
        ("node_flow_per_h", f8, "1/h", "node,service,flow", "Normal activity of each service"),
        (
            "node_paper_share",
            f8,
            "share",
            "draw,node,service",
            "Capacity kept on paper and by hand when every system is down",
        ),
        ("node_opeff", f8, "share", "draw,node,control", "Operational effectiveness of each control"),
        ("node_detection_per_h", f8, "1/h", "draw,node", "Detection hazard per fully visible visited zone"),
        ("node_response_mu", f8, "1", "draw,node", "Log of median hours from detection to containment"),
        ("node_exfiltration_mu", f8, "1", "draw,node", "Log of median hours to steal data once they are reached"),
        (
            "node_share_mu",
            f8,
            "logit",
            "draw,node",
            "Logit of the share of a zone affected once the attacker controls it",
        ),
        (
            "node_backup_survival",
            f8,
            "share",
            "draw,node",
            "Probability that usable backups survive when the backup zone is reached",
        ),
        ("node_crew", f8, "persons", "draw,node", "Recovery crew, persons at work around the clock"),
        (
            "node_resists_ddos",
            f8,
            "share",
            "draw,node",
            "Probability that a denial-of-service hit has no visible effect",
        ),
        ("node_compensation", f8, "share", "draw,node,form", "Share of the loss that public funds give back"),
        ("node_source", u8, "1", "node,process", "Random-stream entity of attempts"),
        ("node_victim", u8, "1", "node", "Random-stream entity as a campaign victim"),
        # templates
        ("template_zone_ptr", i8, "1", "template+1", "First zone of the template"),
        ("template_entry_zone", i4, "1", "template,vector", "Zone where an entry vector lands, -1 when impossible"),
        ("template_ddos_zone", i4, "1", "template,two", "Zones lost under denial of service: always, and rarely"),
        ("template_p_min", f8, "share", "template,service", "Capacity product when every zone is down"),
        ("zone_entity", u8, "1", "zone", "Random-stream entity of the zone"),
        ("zone_kind", i4, "1", "zone", "0 workstations, 1 servers, 2 devices"),
        ("zone_in_domain", u1, "1", "zone", "1 when whoever holds the directory can push software to the zone"),
        ("zone_is_objective", u1, "1", "process,zone", "1 when holding the zone completes the attacker's objectives"),
        ("zone_payload", u1, "1", "process,zone", "1 when the process can do damage in the zone"),
        ("zone_is_backup", u1, "1", "zone", "1 for the backup zone"),
        ("zone_visibility", f8, "share", "zone", "How well monitoring can see the zone, were logs complete"),
        ("zone_self_type", i4, "1", "zone", "Crossing type of the spread inside the zone"),
        ("zone_record_share", f8, "share", "zone", "Share of personal records reachable from the zone"),
        (
            "zone_repair_h",
            f8,
            "h/host",
            "zone",
            "Maintainer's hours per device, 0 when the recovery crew does it",
        ),
        ("zone_rank", i4, "1", "zone", "Order of restoration inside the template"),
        ("zone_need_order", i4, "1", "zone", "Zones of the template so that needs come first"),
        ("zone_cut", u1, "1", "scope,zone", "1 when precautionary disconnection takes the zone down"),
        ("edge_ptr", i8, "1", "zone+1", "First edge that leaves the zone"),
        ("edge_target", i4, "1", "edge", "Zone reached, counted inside the template"),
        ("edge_type", i4, "1", "edge", "Crossing type"),
        ("edge_entity", u8, "1", "edge", "Random-stream entity of the edge"),
        ("need_ptr", i8, "1", "zone+1", "First need of the zone"),
        ("need_source", i4, "1", "need", "Zone that is needed, counted inside the template"),
        ("need_strength", f8, "share", "draw,need", "Share of the zone's function that is lost without the needed one"),
        ("need_autonomy_h", f8, "h", "draw,need", "Hours before the loss is felt"),
        ("use_ptr", i8, "1", "template-service+1", "First direct use of a zone by the service"),
        ("use_zone", i4, "1", "use", "Zone used, counted inside the template"),
        ("use_weight", f8, "share", "use", "Share of the service lost when the zone is down"),
        # crossings and controls
        ("type_logit", f8, "logit", "draw,type", "Log-odds of success at average capability and resistance"),
        ("type_time_mu", f8, "1", "draw,type", "Log of median hours to cross"),
        ("type_time_sigma", f8, "1", "draw,type", "Log-sd of hours to cross"),
        ("type_resistance", f8, "share", "draw,type", "Sector-average resistance"),
        ("type_control_ptr", i8, "1", "type+1", "First control of the type"),
        ("type_control", i4, "1", "type-control", "Control that resists the crossing"),
        # attackers
        ("vector_type", i4, "1", "vector", "Crossing type of the entry"),
        ("vector_entity", u8, "1", "vector", "Random-stream entity of the entry"),
        ("entry_cumulative", f8, "share", "draw,process,vector", "Cumulative shares of entry vectors"),
        ("actor_cumulative", f8, "share", "draw,process,actor", "Cumulative shares of actors"),
        (
            "actor_capability",
            f8,
            "share",
            "draw,actor",
            "Capability above the average attacker, in units of resistance",
        ),
        ("actor_patience_mu", f8, "1", "draw,actor", "Log of median hours before acting with what is held"),
        ("actor_steals", f8, "share", "draw,actor", "Probability that data are stolen when there is time"),
        ("actor_theft_only", f8, "share", "draw,actor", "Probability that nothing is encrypted by choice"),
        ("capability_sd", f8, "share", "draw", "Spread of capability inside one actor"),
        ("steepness", f8, "logit", "draw", "Log-odds per unit of capability against resistance"),
        ("common_shape", f8, "1", "draw", "Shape a of the common cause C = U^(1/a): controls fail together"),
        ("patience_sigma", f8, "1", "draw", "Log-sd of patience"),
        ("staging_mu", f8, "1", "draw", "Log of median hours from objectives to action"),
        ("staging_sigma", f8, "1", "draw", "Log-sd of staging"),
        ("reaction_mu", f8, "1", "draw", "Log of median hours in which a detected attacker acts"),
        ("reaction_sigma", f8, "1", "draw", "Log-sd of reaction"),
        ("response_sigma", f8, "1", "draw", "Log-sd of containment time"),
        ("exfiltration_sigma", f8, "1", "draw", "Log-sd of exfiltration time"),
        ("share_sigma", f8, "1", "draw", "Spread of the share affected, logit scale"),
        ("local_share", f8, "share", "draw", "Share of that reached without the directory"),
        ("process_outcome_class", i4, "1", "process,outcome", "Threat class under which an outcome is reported"),
        # outage, recovery, care
        ("impairment_exponent", f8, "1", "draw", "Impairment of a zone = (affected / hosts) ^ exponent"),
        ("forensics_mu", f8, "1", "draw,scope", "Log of median hours before restoration starts"),
        ("forensics_sigma", f8, "1", "draw", "Log-sd of the time before restoration starts"),
        ("zone_work_h", f8, "h", "draw", "Crew-hours to rebuild the base of one zone"),
        ("host_work_h", f8, "h/host", "draw,kind", "Crew-hours to rebuild one host"),
        ("work_sigma", f8, "1", "draw", "Log-sd of the work in one zone"),
        ("backup_lost_factor", f8, "1", "draw", "Work multiplied by this when backups are lost"),
        ("maintainer_wait_h", f8, "h", "draw", "Hours before a maintainer is at work on its devices"),
        ("maintainer_crew", f8, "persons", "draw", "Technicians at work around the clock on one zone, reference size"),
        ("partial_share", f8, "share", "draw", "Share of a zone's rebuild after which it serves again in part"),
        ("partial_level", f8, "share", "draw", "Impairment left in partial service"),
        ("cut_probability", f8, "share", "draw,scope", "Probability of precautionary disconnection"),
        ("cut_mu", f8, "1", "draw,scope", "Log of median hours of disconnection"),
        ("cut_sigma", f8, "1", "draw", "Log-sd of disconnection"),
        ("cut_level", f8, "share", "draw", "Impairment of a disconnected zone"),
        ("scar_mu", f8, "logit", "draw", "Logit of the share of activity that stays away after a long outage"),
        ("scar_sigma", f8, "1", "draw", "Spread of the scar, logit scale"),
        ("scar_tau_mu", f8, "1", "draw", "Log of median hours in which the scar fades"),
        ("scar_tau_sigma", f8, "1", "draw", "Log-sd of the fading time"),
        ("scar_onset_h", f8, "h", "draw", "Lost full-service hours that leave 63 % of the scar"),
        ("overtime_per_bed_day", f8, "h/bed", "draw", "Extra staff hours per bed-day in degraded care"),
        ("ambulance_share", f8, "share", "draw", "Share of emergency visits that arrive by ambulance"),
        ("ambulance_first", f8, "1", "draw", "How many times likelier an ambulance is to be diverted than a visit"),
        (
            "transfer_share",
            f8,
            "share",
            "draw",
            "Critical patients moved elsewhere when their care is lost for long",
        ),
        ("transfer_onset_h", f8, "h", "draw", "Lost full-service hours that move 63 % of them"),
        # loss
        ("item_form", i4, "1", "item", "Form of loss"),
        ("item_module", i4, "1", "item", "FAIR-MAM module of loss"),
        ("item_driver", i4, "1", "item", "Driver that the unit cost multiplies"),
        ("item_entity", u8, "1", "item", "Random-stream entity of the item"),
        ("item_unit_cost", f8, "EUR_2024", "draw,item", "Cost per unit of driver"),
        ("item_sigma", f8, "1", "draw,item", "Event-to-event log-sd of the cost, mean one"),
        # links, providers, campaigns
        ("link_ptr", i8, "1", "node+1", "First link that leaves the node"),
        ("link_type", i4, "1", "link", "Crossing type of the entry at the target"),
        ("link_source_node", i4, "1", "link", "Organisation from which the attack comes"),
        ("link_target_node", i4, "1", "link", "Organisation it reaches"),
        ("link_source_zone", i4, "1", "link", "Zone that carries the link at the source"),
        ("link_target_zone", i4, "1", "link", "Zone that carries the link at the target"),
        ("link_entity", u8, "1", "link", "Random-stream entity of the link"),
        ("link_penetration", f8, "share", "draw,link", "Probability that a reached link is used against the target"),
        ("link_class", i4, "1", "link", "Threat class of an outage that comes through the link without an attack"),
        (
            "link_need_zone",
            i4,
            "1",
            "link",
            "Zone that the target loses with the source, -1 when it depends on nothing",
        ),
        ("link_need_source", i4, "1", "link", "Zone at the source on which it depends"),
        ("link_need_level", f8, "share", "draw,link", "Impairment of the target's zone while the source's is down"),
        ("link_need_autonomy_h", f8, "h", "draw,link", "Hours before the target feels the loss"),
        ("provider_entity", u8, "1", "provider", "Random-stream entity of the provider"),
        ("provider_rate_per_y", f8, "1/y", "draw,provider", "Disabling events per year"),
        ("provider_outage_mu", f8, "1", "draw,provider", "Log of median hours of outage"),
        ("provider_outage_sigma", f8, "1", "draw,provider", "Log-sd of outage"),
        (
            "provider_theft",
            f8,
            "share",
            "draw,provider",
            "Probability that a theft of data comes with the event",
        ),
        ("provider_class", i4, "1", "provider", "Threat class of provider events"),
        ("client_ptr", i8, "1", "provider+1", "First client of the provider"),
        ("client_type", i4, "1", "client", "Crossing type of the entry at the client"),
        ("client_provider", i4, "1", "client", "Provider of the service"),
        ("client_node", i4, "1", "client", "Organisation served"),
        ("client_zone", i4, "1", "client", "Zone lost with the provider"),
        ("client_entry_zone", i4, "1", "client", "Zone reached by an attack through the provider"),
        ("client_entity", u8, "1", "client", "Random-stream entity of the client link"),
        ("client_hit", f8, "share", "draw,client", "Probability that a provider event reaches this client"),
        ("client_level", f8, "share", "draw,client", "Impairment of the client's zone while the provider is down"),
        ("client_penetration", f8, "share", "draw,client", "Probability that the attack comes through"),
        (
            "client_informs",
            f8,
            "share",
            "client",
            "Records held by the provider that the client itself must tell of",
        ),
        ("campaign_class", i4, "1", "campaign", "Threat class of the campaign"),
        ("campaign_entity", u8, "1", "campaign", "Random-stream entity of the campaign process"),
        ("campaign_rate_per_y", f8, "1/y", "draw,campaign", "Campaigns per year"),
        ("campaign_size_mean", f8, "entities", "draw,campaign", "Mean number of victims before zero-truncation"),
        ("campaign_size_shape", f8, "1", "draw,campaign", "Negative binomial size parameter"),
        ("campaign_outage_mu", f8, "1", "draw,campaign", "Log of median hours of denial of service"),
        ("campaign_outage_sigma", f8, "1", "draw,campaign", "Log-sd of hours of denial of service"),
        ("campaign_care_probability", f8, "share", "draw,campaign", "Probability that care is touched"),
    ]
    return tuple(Column(name, dtype, unit, text, tuple(axes.split(","))) for name, dtype, unit, axes, text in rows)


COMPILED_COLUMNS: dict[str, Column] = {column.name: column for column in _compiled()}

YELT_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("draw", "int32", "1", "Epistemic draw"),
        Column("year", "int64", "1", "Simulated year, counted over all draws"),
        Column("day", "int16", "1", "Day of the year, 0 to 364"),
        Column("facility", "int32", "1", "Index of the organisation that bears the loss"),
        Column("process", "int8", "1", "Attack process, -1 for campaigns and outages without intrusion"),
        Column("threat_class", "int8", "1", "Index in the pack's list of threat classes"),
        Column("origin", "int8", "1", "0 own, 1 neighbour, 2 provider, 3 campaign"),
        Column("origin_index", "int32", "1", "Index of the link, client link or campaign; -1 for own"),
        Column("occurrence", "int16", "1", "Rank of the event in its process and year"),
        Column("actor", "int32", "1", "Index of the actor, -1 when there is none"),
        Column("outcome", "int8", "1", "Index in OUTCOMES"),
        Column("zones_hit", "int16", "1", "Zones with affected hosts"),
        Column("hosts_hit", "int32", "hosts", "Hosts affected"),
        Column("backups_lost", "int8", "1", "1 when usable backups were lost"),
        Column("data_stolen", "int8", "1", "1 when personal data were stolen"),
        Column("outage_h", "float64", "h", "Hours until every zone is fully back"),
        Column("bed_days_lost", "float64", "beds", "Bed-days of care not given, scar included"),
        Column("stays_lost", "float64", "stays", "Stays cancelled or not booked, scar included"),
        Column("operations_lost", "float64", "operations", "Operations cancelled or not booked, scar included"),
        Column("visits_diverted", "float64", "visits", "Emergency visits diverted during the outage"),
        Column("overtime_h", "float64", "h", "Extra staff hours"),
        Column("consultations_lost", "float64", "consultations", "Consultations not given, scar included"),
        Column("ambulances_diverted", "float64", "visits", "Ambulances among the diverted visits"),
        Column("transfers", "float64", "persons", "Critical patients moved to another hospital"),
        Column("exposed_bed_days", "float64", "beds", "Bed-days of care given on paper and by hand"),
        Column("crisis_h", "float64", "h", "Hours in which a crisis cell sits"),
        *(Column(f"loss_{form}_eur", "float64", "EUR_2024", f"Economic loss, form: {form}") for form in FORMS),
        Column("loss_eur", "float64", "EUR_2024", "Economic loss, all forms (ground-up)"),
        Column("loss_own_eur", "float64", "EUR_2024", "Loss left to the organisation after public compensation"),
        Column("loss_insured_eur", "float64", "EUR_2024", "Loss paid by insurance (0 without a programme)"),
        Column("generation", "int16", "1", "Steps from where the event began: 0 own or campaign, 1 through one link"),
        Column("root", "int8", "1", "What began the event: 0 an organisation, 2 a provider, 3 a campaign"),
        Column("root_index", "int32", "1", "Which: organisation × processes + process, provider or campaign"),
    )
}


def yelt_dtype(name: str) -> np.dtype[np.generic]:
    """Return the NumPy dtype of one column of the year-event loss table."""
    return np.dtype(YELT_COLUMNS[name].dtype)
