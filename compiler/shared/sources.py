"""The key `shared_infrastructure` of environment.yaml: where the facts about what others built come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from compiler.model import Model, exactly_one, invalid

_ROLE = r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$"
_KEY = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+$"
_TOPIC = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:.+$"

VpcId = Annotated[str, Field(pattern=r"^vpc-[0-9a-z]+$", examples=["vpc-0a1b2c3d"])]
SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-z]+$", examples=["subnet-0a1b2c3d"])]
SecurityGroupId = Annotated[str, Field(pattern=r"^sg-[0-9a-z]+$", examples=["sg-0a1b2c3d"])]
Names = Annotated[
    dict[str, str],
    Field(
        description="Our names (`vpc_id`, `private_subnet_ids`, `security_group_ids`, `alert_topic_arn`, "
        "`kms_key_arn`, or any that a client's `output` has) and what the source calls them."
    ),
]


class TerraformS3(Model):
    """The outputs of a Terraform state in S3."""

    bucket: str = Field(
        description="The bucket of the S3 backend.",
        examples=["acme-terraform-state"],
        min_length=3,
        max_length=63,
    )
    key: str = Field(
        description="The state's key in it.",
        examples=["shared/connectly-shared-infrastructure.tfstate"],
        min_length=1,
    )
    region: str = Field(
        description="The bucket's region.", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", examples=["ap-northeast-2"]
    )
    workspace: str = Field("default", description="The Terraform workspace.", examples=["prod"], min_length=1)
    workspace_key_prefix: str = Field(
        "env:",
        description="What Terraform puts before the key in other workspaces.",
        examples=["env:"],
        min_length=1,
    )
    role_arn: str | None = Field(
        None,
        description="A role to assume for reading it.",
        examples=["arn:aws:iam::123456789012:role/terraform-state-reader"],
        pattern=_ROLE,
    )
    names: Names = Field({})

    @property
    def object_key(self) -> str:
        """The key as S3 has it."""
        if self.workspace == "default":
            return self.key
        return f"{self.workspace_key_prefix}/{self.workspace}/{self.key}"


class TerraformLocal(Model):
    """The outputs of a Terraform state in a file."""

    path: str = Field(
        description="The file, seen from the folder of environment.yaml.",
        examples=["../shared.tfstate"],
        min_length=1,
    )
    names: Names = Field({})


class StackReference(Model):
    """The outputs of another Pulumi stack."""

    stack: str = Field(
        description="Its full name, as `pulumi stack ls` shows it.",
        examples=["acme/network/prod"],
        min_length=1,
    )
    backend: str | None = Field(
        None,
        description="Where its state lies; this environment's own backend if left out.",
        examples=["s3://acme-pulumi?region=ap-northeast-2"],
        pattern=r"^[a-z]",
    )
    names: Names = Field({})


class Literal(Model):
    """The facts themselves."""

    vpc_id: VpcId = Field(description="The VPC of the databases.")
    private_subnet_ids: list[SubnetId] = Field(
        description="Their subnets, in two Availability Zones or more.", min_length=2
    )
    security_group_ids: dict[str, SecurityGroupId] = Field(
        {}, description="Security groups by a name that a client's `output` can have."
    )
    alert_topic_arn: str | None = Field(
        None,
        description="An SNS topic that takes alarms.",
        examples=["arn:aws:sns:ap-northeast-2:123456789012:alerts"],
        pattern=_TOPIC,
    )
    kms_key_arn: str | None = Field(
        None,
        description="A KMS key for data.",
        examples=["arn:aws:kms:ap-northeast-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        pattern=_KEY,
    )


class SharedSource(Model):
    """One of four places that know what others built."""

    model_config = exactly_one()

    terraform_s3: TerraformS3 | None = Field(None, description="A Terraform state in S3.")
    terraform_local: TerraformLocal | None = Field(None, description="A Terraform state in a file.")
    stack_reference: StackReference | None = Field(None, description="Another Pulumi stack.")
    literal: Literal | None = Field(None, description="The facts, written here.")

    @property
    def given(self) -> TerraformS3 | TerraformLocal | StackReference | Literal:
        """The one that is written."""
        found = self.terraform_s3 or self.terraform_local or self.stack_reference or self.literal
        assert found is not None, "checked when it was read"
        return found

    @model_validator(mode="after")
    def _one(self) -> SharedSource:
        written = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(written) != 1:
            said = f"has {' and '.join(written)}" if written else "says nothing"
            raise invalid(
                "environment/shared-infrastructure",
                f"shared_infrastructure {said}",
                "give exactly one of terraform_s3, terraform_local, stack_reference, literal",
            )
        return self
