"""Planted bugs: single changes of the router's text, listed in router_bugs.yaml."""

import dataclasses
import pathlib

import yaml

LIST = pathlib.Path(__file__).with_name("router_bugs.yaml")


class BugError(Exception):
    """A bug of the list does not fit the text; the message names it."""


@dataclasses.dataclass
class Bug:
    """`before` occurs once in the router's text and becomes `after`."""

    name: str
    before: str
    after: str

    def planted(self, text):
        found = text.count(self.before)
        if found != 1:
            raise BugError(f"{self.name}: its text occurs {found} times in the router, not once")
        return text.replace(self.before, self.after)


def load():
    bugs = [Bug(**entry) for entry in yaml.safe_load(LIST.read_text())]
    if len({bug.name for bug in bugs}) != len(bugs):
        raise BugError("two bugs have the same name")
    return bugs
