import gzip
import json

import pytest

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.registry import FORMATS, detect_format, find_importer
from hygie.store.byte_sources import ByteSource

HEADS = {
    "stix": '{"type": "bundle", "id": "bundle--1", "objects": [{"type": "malware", "spec_version": "2.1"}]}',
    "misp": '{"response": [{"Event": {"info": "x", "uuid": "y"}}]}',
    "veris": '{"schema_version": "1.3.7", "incident_id": "x", "action": {"error": {}}}\n{"schema_version": "1.3.7"}',
    "kev": '{"title": "CISA", "catalogVersion": "1", "vulnerabilities": []}',
    "epss": "#model_version:v2023.03.01,score_date:2024-01-01T00:00:00+0000\ncve,epss,percentile\n",
    "leak-site": '[{"post_title": "x", "group_name": "y", "discovered": "2023-01-01"}]',
    "table": "Date;Établissement;Type\n2023-01-01;CH;x\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_told_from_its_beginning_and_has_a_reader(name):
    content = HEADS[name].encode()
    for packed in (content, b"\xef\xbb\xbf" + content, gzip.compress(content)):
        assert detect_format(ByteSource(name="file", content=packed)) == name
    assert callable(find_importer(name))


def test_real_files_are_told(shared_data):
    for name, file in {
        "stix": "attack_ics_v18.1_stix21.json",
        "kev": "cisa_kev_2025-08-25.csv",
        "veris": "vcdb_raw_sample.jsonl",
    }.items():
        assert detect_format(ByteSource.from_path(shared_data / file)) == name


@pytest.mark.parametrize("content", ["", "hello", "{}", "[]", json.dumps({"a": 1}), "\x00\x01\x02"])
def test_what_is_none_of_them_is_refused(content):
    with pytest.raises(DocumentError, match="cannot be told"):
        detect_format(ByteSource(name="file", content=content.encode()))


def test_a_wrong_name_gets_a_hint():
    with pytest.raises(UsageError, match="stix"):
        find_importer("stixx")
