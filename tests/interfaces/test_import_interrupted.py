"""An import that is killed leaves nothing lost and nothing doubled."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from base_kit import Desk

pytestmark = pytest.mark.xdist_group("intel")

OBJECTS = 8_000


def write_bundle(path, *, objects: int, seed: int) -> None:
    draw = random.Random(seed)

    def new(kind: str) -> str:
        return f"{kind}--{uuid.UUID(int=draw.getrandbits(128), version=4)}"

    common = {"spec_version": "2.1", "created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z"}
    actors = [new("intrusion-set") for _ in range(objects // 4)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f'{{"type": "bundle", "id": "{new("bundle")}", "objects": [')
        for index in range(objects):
            if index < len(actors):
                item = {"type": "intrusion-set", "id": actors[index], "name": f"Group {index}"}
            else:
                ends = {"source_ref": draw.choice(actors), "target_ref": draw.choice(actors)}
                item = {"type": "relationship", "id": new("relationship"), "relationship_type": "related-to", **ends}
            stream.write((", " if index else "") + json.dumps({**common, **item}))
        stream.write("]}")


def start(desk: Desk) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", "intel", "import", "large.json"],
        cwd=desk.folder,
        env={**os.environ, "HYGIE_WORKSPACE": str(desk.workspace), "HYGIE_AUTHOR": "analyst"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_at(process: subprocess.Popen[bytes], path: Path, *, share: float) -> bool:
    """Kill a process when it has read a share of a file for the second time: the first time, it only looks."""
    size, folder = path.stat().st_size, Path(f"/proc/{process.pid}")
    reading, last = 1, 0
    while process.poll() is None:
        position = find_position(folder, path)
        if position is not None:
            reading += position < last
            last = position
            if reading >= 2 and position >= share * size:
                process.send_signal(signal.SIGKILL)
                return process.wait(timeout=60) == -signal.SIGKILL
        time.sleep(0.002)
    return False


def find_position(folder: Path, path: Path) -> int | None:
    try:
        for link in (folder / "fd").iterdir():
            if link.readlink() == path:
                return int((folder / "fdinfo" / link.name).read_text().split()[1])
    except OSError:
        pass
    return None


@pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="needs /proc to see how far the import has read")
def test_a_killed_import_is_as_if_it_had_not_begun(desk: Desk):
    path = desk.folder / "large.json"
    write_bundle(path, objects=OBJECTS, seed=1)
    before = desk.dump()
    draw = random.Random(20261123)
    killed = 0
    for _ in range(5):
        killed += kill_at(start(desk), path, share=draw.uniform(0.05, 0.95))
        assert desk.dump() == before
    assert killed == 5
    assert desk.ask("intel", "import", "large.json")["counts"]["added"] == OBJECTS
    after = desk.dump()
    assert len(after) == len(before) + OBJECTS
    assert {key: value for key, value in after.items() if key in before} == before
    assert desk.ask("intel", "import", "large.json")["counts"]["unchanged"] == OBJECTS
