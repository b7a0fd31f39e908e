"""The compiler: from the YAML files of a specs tree to stacks on AWS."""

__version__ = "0.1.0"
