"""Any sequence of operations leaves what the last of them asked for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError

REGION = "ap-northeast-2"
NAMES = st.sampled_from(["a", "b", "c"])
TAGS = st.dictionaries(st.sampled_from(["x", "y"]), st.text("01", max_size=2), max_size=2)
PARAMETERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["p", "q"]), "value": st.text("01", min_size=1, max_size=2)},
        optional={"apply_method": st.sampled_from(["immediate", "pending-reboot"])},
    ),
    max_size=3,
)
INPUTS = {
    "aws:rds:ParameterGroup": st.fixed_dictionaries({}, optional={"tags": TAGS, "parameters": PARAMETERS}),
    "aws:cloudwatch:LogGroup": st.fixed_dictionaries(
        {}, optional={"tags": TAGS, "retention_in_days": st.sampled_from([0, 7, 30])}
    ),
    "aws:secretsmanager:Secret": st.fixed_dictionaries(
        {}, optional={"tags": TAGS, "description": st.text(max_size=5)}
    ),
}
TYPES = st.sampled_from(sorted(INPUTS))


class Sequences(RuleBasedStateMachine):
    """The account beside a dictionary that does the same."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.account = Account(self.folder / "sandbox.db")
        self.made: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(type=TYPES, name=NAMES, data=st.data())
    def create(self, type: str, name: str, data: st.DataObject) -> None:
        inputs = self._inputs(type, name, data)
        try:
            made = self.account.create(type, inputs)
        except AwsError:
            assert (type, name) in self.made
        else:
            assert (type, name) not in self.made
            self.made[type, name] = (made.id, inputs)

    @rule(type=TYPES, name=NAMES, data=st.data())
    def update(self, type: str, name: str, data: st.DataObject) -> None:
        inputs = self._inputs(type, name, data)
        if (type, name) in self.made:
            id, _ = self.made[type, name]
            assert self.account.update(type, id, inputs).id == id
            self.made[type, name] = (id, inputs)

    @rule(type=TYPES, name=NAMES)
    def delete(self, type: str, name: str) -> None:
        if (type, name) in self.made:
            id, _ = self.made.pop((type, name))
            self.account.delete(type, id, {"recovery_window_in_days": 0})

    @invariant()
    def what_is_read_is_what_was_asked_for(self) -> None:
        if not hasattr(self, "made"):
            return
        assert len(self.account.show()["things"]) == len(self.made)
        for (type, _), (id, inputs) in self.made.items():
            read = self.account.read(type, id)
            assert read is not None
            assert self.account.diff(type, read.outputs, {**read.outputs, **_completed(inputs)}) == ()
            assert self.account.read(type, id).inputs.items() >= _completed(inputs).items()

    def _inputs(self, type: str, name: str, data: st.DataObject) -> dict[str, Any]:
        extra = {"family": "mysql8.4"} if type == "aws:rds:ParameterGroup" else {}
        return {"region": REGION, "name": name, **extra, **data.draw(INPUTS[type])}


def _completed(inputs: dict[str, Any]) -> dict[str, Any]:
    if "parameters" not in inputs:
        return inputs
    return {**inputs, "parameters": [{"apply_method": "immediate", **each} for each in inputs["parameters"]]}


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
