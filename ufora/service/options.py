"""Settings on a command line: every field of the records is an option."""

import argparse
from collections.abc import Sequence

from ufora.service.config import Options
from ufora.service.settings import list_kinds, name_of_option, name_of_variable


def add_options(parser: argparse.ArgumentParser, records: Sequence[type]) -> None:
    """One option for each setting of the records; settings that several records share are added once."""
    group = parser.add_argument_group("settings (each is also an environment variable)")
    kinds = {field: kind for record in records for field, kind in list_kinds(record).items()}
    for field, kind in kinds.items():
        # Read as text: a wrong value is then told in the same words wherever it comes from.
        if kind is bool:
            group.add_argument(name_of_option(field), nargs="?", const="true", metavar="true|false", help=name_of_variable(field))
        else:
            group.add_argument(name_of_option(field), metavar="N" if kind is int else "TEXT", help=name_of_variable(field))


def take_options(arguments: argparse.Namespace, records: Sequence[type]) -> Options:
    fields = {field for record in records for field in list_kinds(record)}
    return {name: value for name, value in vars(arguments).items() if name in fields}
