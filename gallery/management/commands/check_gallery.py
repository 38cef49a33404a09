import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gallery import integrity
from gallery.integrity import Finding


class Command(BaseCommand):
    help = (
        "Compares rows, files and sizes of the gallery, and says what does not agree. Changes nothing without "
        "--repair. Ends with 1 where something is left that does not agree."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hashes", action="store_true", help="also read every kept file and compare its SHA-256")
        parser.add_argument("--repair", action="store_true", help="draw lost posters, pictures and previews anew")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, hashes: bool, repair: bool, json: bool, **options: Any) -> None:
        found = repaired = 0
        for finding in integrity.check(hashes):
            mended = repair and self._repair(finding)
            found, repaired = found + 1, repaired + mended
            self._say(finding, mended, as_json=json)
        self.stderr.write(f"{found} found, {repaired} repaired.")
        if found > repaired:
            sys.exit(1)

    def _repair(self, finding: Finding) -> bool:
        try:
            return integrity.repair(finding)
        except Exception as error:  # whatever a broken file makes its readers raise
            self.stderr.write(f"{finding.output} cannot be drawn: {error}")
            return False

    def _say(self, finding: Finding, mended: bool, as_json: bool) -> None:
        output = finding.output and str(finding.output)
        if as_json:
            facts = {"fault": finding.fault, "file": finding.name, "output": output, "repaired": mended}
            self.stdout.write(json.dumps(facts))
        else:
            words = [f"{finding.fault}:", finding.name, f"of {output}" * bool(output), "(repaired)" * mended]
            self.stdout.write(" ".join(filter(None, words)))
