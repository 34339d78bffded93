"""A stateful stand-in for the WorkSpaces service: a fleet that lives in virtual time and answers boto3."""

from rehearsal.twin.fleet import Fleet, FleetFault, load_fleet, parse_fleet
from rehearsal.twin.service import Twin

__all__ = ["Fleet", "FleetFault", "Twin", "load_fleet", "parse_fleet"]
