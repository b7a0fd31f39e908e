"""What the instances of a MySQL database stand on in one region, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.graph import Concat, Options, Value
from compiler.kinds.mysql import versions
from compiler.kinds.mysql.parameters import apply_method
from compiler.parts import access, encryption, names, network
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


class Site:
    """A region; None is the environment's own. Names of resources elsewhere end in the region."""

    def __init__(self, assembly: Assembly, database: Database[MySQL], region: str | None = None) -> None:
        self.region = region
        self._assembly = assembly
        self._database = database
        self._ending = f"-{region}" if region else ""
        self._made: dict[str, Made] = {}

    def key(self, given: str | None, why: str) -> Value:
        """The ARN of the key that encrypts there: the one that is given, else one of the database's own."""
        if given:
            return given
        return self._once("key", lambda: self._add_key(why))["arn"]

    def subnets(self) -> Made:
        """The subnet group."""
        return self._once("subnets", self._add_subnets)

    def firewall(self) -> Made:
        """The security group."""
        port = self._database.spec.port
        return self._once(
            "firewall", lambda: access.firewall(self._assembly, self._database, port, self.region)
        )

    def engine(self, version: str) -> dict[str, Value]:
        """The inputs that tell an engine of that version its parameters and options."""
        family = "mysql" + versions.major(version)
        parameters = self._once(f"parameters-{family}", lambda: self._add_parameters(family))
        return {"parameter_group_name": parameters["name"], "option_group_name": self._options(family)}

    def _once(self, what: str, make: Callable[[], Made]) -> Made:
        if what not in self._made:
            self._made[what] = make()
        return self._made[what]

    def _add_key(self, why: str) -> Made:
        """A region that replicas and copies have left needs its key no more, but what was made there may."""
        fixed = self.region is None
        return encryption.key(self._assembly, self._database, self.region, why, fixed=fixed)

    def _add_subnets(self) -> Made:
        return self._assembly.add(
            f"subnets{self._ending}",
            "aws:rds:SubnetGroup",
            "places it in the private subnets",
            {
                "region": self.region,
                "name": names.identifier(self._database),
                "description": f"dbspec {names.stack_id(self._database)}",
                "subnet_ids": network.private_subnets(self._database.environment, self.region),
            },
        )

    def _add_parameters(self, family: str) -> Made:
        """A group of each family is a resource of its own.

        A family fixes its group, and a group in use cannot go: while replicas are upgraded before their primary,
        both families are there.
        """
        short = family.replace(".", "")
        return self._assembly.add(
            f"parameters-{short}{self._ending}",
            "aws:rds:ParameterGroup",
            "sets the engine's parameters",
            {
                "region": self.region,
                "name": f"{names.identifier(self._database)}-{short}",
                "family": family,
                "description": f"dbspec {names.identifier(self._database)}",
                "parameters": [
                    {"name": name, "value": parameter.value, "apply_method": apply_method(name, parameter)}
                    for name, parameter in sorted(self._database.spec.parameters.items())
                ],
            },
        )

    def _options(self, family: str) -> Value:
        """The name of the option group: AWS's own, unless there is something to be audited."""
        if "audit" not in self._database.spec.logs.exports:
            return f"default:{family.replace('mysql', 'mysql-').replace('.', '-')}"
        return self._once(f"options-{family}", lambda: self._add_options(family))["name"]

    def _add_options(self, family: str) -> Made:
        short, identifier = family.replace(".", ""), names.identifier(self._database)
        # A snapshot holds on to its option group for as long as it lives: the group outlives the database, and its
        # name is one that no later group will want.
        suffix = self._assembly.add(
            f"options-suffix-{short}{self._ending}",
            "random:RandomId",
            "keeps the option group's name from meeting that of an earlier database",
            {"byte_length": 4, "keepers": {"identifier": identifier}},
        )
        events = ",".join(sorted(self._database.spec.logs.audit_events))
        return self._assembly.add(
            f"options-{short}{self._ending}",
            "aws:rds:OptionGroup",
            "writes down what sessions do, since `logs.exports` has audit",
            {
                "region": self.region,
                "name": Concat((f"{identifier}-{short}-", suffix["hex"])),
                "engine_name": "mysql",
                "major_engine_version": family.removeprefix("mysql"),
                "option_group_description": f"dbspec {names.identifier(self._database)}",
                "options": [
                    {
                        "option_name": "MARIADB_AUDIT_PLUGIN",
                        "option_settings": [{"name": "SERVER_AUDIT_EVENTS", "value": events}],
                    }
                ],
                "skip_destroy": True,
            },
            Options(retain_on_delete=True),
        )
