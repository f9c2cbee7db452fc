"""The passes' stage: Ema's and Cleo's firm has booth A05, so two passes; each deed in a transaction of its own."""

from typing import Any

from app import clock
from app.passes.handing import give_pass, grant_passes, rename_pass, set_pass_rule, withdraw_pass
from tests.directory.stage import Shelf
from tests.visitors.stage import SECRET


class Handing(Shelf):
    def give(self, name: str, email: str = "", who: str = "ema", for_id: int | None = None) -> Any:
        whose = self.cast.exhibitor.id
        return self(
            lambda fair: give_pass(self.actor(who), fair, whose, name, email, for_id or whose, SECRET, clock.now())
        )

    def rename(self, one: Any, name: str, who: str = "ema") -> Any:
        whose = self.cast.exhibitor.id
        return self(
            lambda fair: rename_pass(
                self.actor(who), fair, whose, one.registration.id, one.badge.id, name, "", SECRET, clock.now()
            )
        )

    def withdraw(self, registration_id: int, exhibitor_id: int | None = None) -> None:
        whose = exhibitor_id or self.cast.exhibitor.id
        self(lambda fair: withdraw_pass(self.actor(), fair, whose, registration_id, clock.now()))

    def rule(self, number: int) -> None:
        self(lambda fair: set_pass_rule(self.actor("ola"), fair, number))

    def grant(self, extra: int) -> None:
        self(lambda fair: grant_passes(self.actor("ola"), fair, self.cast.exhibitor.id, extra, clock.now()))
