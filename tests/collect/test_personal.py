"""Personal fields do not reach the frozen files."""

from __future__ import annotations

import hashlib
import hmac
import stat

import polars as pl
import pytest

from tests.collect.deliveries import brief, text, worded
from zhiheng.collect import personal
from zhiheng.errors import ZhihengError

NAME, PHONE = "王小明", "0772-1234567"


def test_dropped_and_keyed_fields(office):
    office.deliver("inspections", text("inspections", {}, {"inspector": ""}, {"inspector": "李四"}, {}))
    [made] = office.freeze().rounds
    frame = pl.read_parquet(office.folder / made.file)
    assert "phone" not in frame.columns
    first, empty, other, again = frame["inspector"]
    assert empty is None
    assert first == again != other
    key = bytes.fromhex((office.folder / ".zhiheng_key").read_text(encoding="ascii"))
    assert first == hmac.new(key, NAME.encode(), hashlib.sha256).hexdigest()


def test_nothing_after_the_freeze_holds_a_name_or_number(office):
    changes = [{"inspector": f" {NAME}"}, {"n_tested": "3"}, {"phone": f"{PHONE} "}]
    office.deliver("inspections", text("inspections", *changes))
    office.freeze(accept=True)
    for name, content in office.frozen().items():
        for secret in (NAME, PHONE):
            assert secret.encode() not in content, name


def test_the_key_is_made_once_and_for_its_owner_only(office):
    office.deliver("sources", text("sources"))
    office.freeze()
    path = office.folder / personal.KEY_FILE
    assert not path.exists()  # nothing needed it
    office.deliver("inspections", text("inspections"))
    office.freeze()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_bytes()
    office.deliver("inspections", text("inspections", {"n_bad": "1"}))
    assert [r.version for r in office.freeze().rounds] == [2]
    assert path.read_bytes() == key
    assert len({personal.make_key(office.folder) for _ in range(2)}) == 2


def test_a_lost_or_damaged_key_stops_before_records_no_longer_match(office):
    office.deliver("inspections", text("inspections"))
    office.freeze()
    path = office.folder / personal.KEY_FILE
    for damage in (path.unlink, lambda: path.write_text("short", encoding="ascii")):
        damage()
        with pytest.raises(ZhihengError) as raised:
            office.freeze()
        assert [p.rule for p in worded(raised.value.problems)] == ["key_lost"]
    path.write_bytes(b"\xff")
    with pytest.raises(ZhihengError):
        office.check_all()


def test_a_keyed_field_can_be_referred_to_before_and_after_it_is_frozen(office):
    office.edit("framework/contracts/sources.yaml", "title: {zh: 来源, en: Source},",
                "title: {zh: 来源, en: Source}, personal: key,")  # fmt: skip
    path = office.deliver("sources", text("sources"))
    office.deliver("figures", text("figures", {}, {"source": "年报", "channel": "shop"}))
    assert [brief(file) for file in office.check_all()] == [[], [("foreign_key", "3 source", "年报")]]
    office.freeze(only=["sources"])
    path.unlink()
    [figures] = office.check_all()
    assert brief(figures) == [("foreign_key", "3 source", "年报")]


def test_a_keyed_primary_key_is_recognised_in_another_round(office):
    office.edit("framework/contracts/inspections.yaml", "title: {zh: 批次号, en: Batch},",
                "title: {zh: 批次号, en: Batch}, personal: key,")  # fmt: skip
    path = office.deliver("inspections", text("inspections"))
    office.freeze()
    path.unlink()
    office.deliver("inspections", text("inspections", {"sampled_on": "2014-01-01"}))
    [file] = office.check_all()
    assert brief(file) == [("key_elsewhere", "2 batch_id", "B1")]


def test_a_keyed_number_becomes_text(office):
    office.edit("framework/contracts/inspections.yaml", "{name: n_bad, type: integer,",
                "{name: n_bad, type: integer, personal: key,")  # fmt: skip
    office.deliver("inspections", text("inspections"))
    [made] = office.freeze().rounds
    assert len(pl.read_parquet(office.folder / made.file)["n_bad"].item()) == 64
