import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.core.evidence import Evidence, LocalText
from hygie.knowledge.duplicates import find_duplicates, normalise_facility
from hygie.knowledge.records import Attribution, Incident, Victim


def incident(ref, name, started_on, *, precision="day", actor="unknown", evidence=("e",), **fields):
    victim = Victim(name=name, kind="ch", town=fields.pop("town", None), department=fields.pop("department", None))
    confidence = "none" if actor == "unknown" else "medium"
    return Incident(
        ref=ref,
        evidence=evidence,
        started_on=started_on,
        date_precision=precision,
        victim=victim,
        threat_class=fields.pop("threat_class", "ransomware"),
        actor=Attribution(actor, confidence),
        **fields,
    )


def refs(pairs):
    return [(pair.keep, pair.other, pair.grade) for pair in pairs]


CHSF = incident("a", "CH Sud Francilien (CHSF)", "2022-08-21", actor="lockbit", town="Corbeil-Essonnes")


@pytest.mark.parametrize(
    ("name", "date", "grade"),
    [
        ("Centre Hospitalier Sud Francilien (CHSF)", "2022-08-21", "likely"),
        ("CENTRE HOSPITALIER SUD-FRANCILIEN CHSF", "2022-08-23", "likely"),
        ("Hôpital Sud Francilien", "2022-08-22", "likely"),
        ("Centre Hospitalier Sud Francilien (CHSF)", "2022-09-15", None),
        ("CH de Versailles", "2022-08-21", None),
    ],
)
def test_names_and_dates_decide(name, date, grade):
    other = incident("b", name, date, town="Corbeil-Essonnes")
    found = find_duplicates([CHSF, other])
    assert [pair.grade for pair in found] == ([grade] if grade else [])


@pytest.mark.parametrize("name", ["unknown", "Unknown", "inconnu", "undisclosed"])
def test_victims_without_a_name_are_not_one(name):
    assert find_duplicates([incident("a", name, "2022-08-21"), incident("b", name, "2022-08-21")]) == []


def test_two_attacks_of_one_hospital_by_two_actors_are_not_proposed():
    assert find_duplicates([CHSF, incident("b", CHSF.victim.name, "2022-08-21", actor="vice-society")]) == []


def test_another_department_is_another_hospital():
    first = incident("a", "Clinique Saint-Jean", "2022-05-01", department="34")
    assert find_duplicates([first, incident("b", "Clinique Saint-Jean", "2022-05-01", department="06")]) == []


def test_a_leak_post_is_tied_to_the_attack_before_it_and_never_kept():
    post = incident("post", CHSF.victim.name, "2022-09-23", actor="lockbit", date_basis="leak_post")
    assert refs(find_duplicates([post, CHSF])) == [("a", "post", "likely")]
    early = incident("early", CHSF.victim.name, "2022-07-23", actor="lockbit", date_basis="leak_post")
    assert find_duplicates([early, CHSF]) == []
    late = incident("late", CHSF.victim.name, "2024-07-23", actor="lockbit", date_basis="leak_post")
    assert find_duplicates([late, CHSF]) == []


def test_a_pseudonym_finds_its_name():
    post = incident("post", "victim-0123456789ab", "2022-09-23", actor="lockbit", date_basis="leak_post")
    assert find_duplicates([post, CHSF]) == []
    found = find_duplicates([post, CHSF], pseudonyms={CHSF.victim.name: "victim-0123456789ab"})
    assert refs(found) == [("a", "post", "likely")]
    assert "same pseudonym" in found[0].reasons


def test_a_shared_source_is_told():
    evidence = {
        ref: Evidence(
            ref=ref,
            source="https://example.org/article",
            statement=ref,
            title=LocalText("t", "t"),
            publisher="p",
            read_on="2024",
            reliability="B",
            credibility=2,
        )
        for ref in ("e1", "e2")
    }
    pair = [
        incident("a", "CH de Dax", "2021-02-09", evidence=("e1",)),
        incident("b", "CH Dax", "2021-02-10", evidence=("e2",)),
    ]
    assert "same source" in find_duplicates(pair, evidence=evidence)[0].reasons


def test_what_was_told_apart_is_not_shown_again():
    pair = [CHSF, incident("b", CHSF.victim.name, "2022-08-21")]
    assert len(find_duplicates(pair)) == 1
    assert find_duplicates(pair, distinct={frozenset("ab")}) == []


def test_entries_of_one_catalogue_are_at_most_possible():
    pair = [CHSF, incident("b", CHSF.victim.name, "2022-08-21")]
    found = find_duplicates(pair, curated={"a", "b"})
    assert [(item.grade, item.doubts) for item in found] == [("possible", ("one catalogue lists both",))]


def test_generic_names_keep_their_words():
    assert normalise_facility("Centre hospitalier") == {"centre", "hospitalier"}


@given(st.permutations(range(5)))
def test_the_order_of_incidents_does_not_matter(order):
    incidents = [
        CHSF,
        incident("b", "Centre hospitalier sud francilien CHSF", "2022-08-22"),
        incident("c", CHSF.victim.name, "2022-10-01", date_basis="leak_post"),
        incident("d", "CH de Dax", "2021-02-09"),
        incident("e", "Dax", "2021", precision="year"),
    ]
    assert find_duplicates([incidents[index] for index in order]) == find_duplicates(incidents)


def test_the_shipped_incidents_hold_no_likely_duplicate(catalogue):
    pairs = find_duplicates(
        catalogue.incidents, evidence=catalogue.evidence, curated={item.ref for item in catalogue.incidents}
    )
    assert [pair for pair in pairs if pair.grade == "likely"] == []
