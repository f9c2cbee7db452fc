"""Why a pass cannot be given or changed."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class QuotaUsed(DomainError):
    """`quota` is how many the company has, with what the organiser granted besides."""

    code: ClassVar[str] = "pass_quota_used"
    message: ClassVar[str] = N_(
        "All %(quota)s passes are given. Withdraw one that is not needed, or ask the organiser for more."
    )
    extra: ClassVar[tuple[str, ...]] = ("quota",)


class NoBooth(DomainError):
    code: ClassVar[str] = "pass_without_booth"
    message: ClassVar[str] = N_("Passes come with a booth. Book one first; they are yours as soon as it is paid.")


class PassChanged(DomainError):
    code: ClassVar[str] = "pass_changed"
    message: ClassVar[str] = N_("A colleague changed this pass meanwhile. Look at it again.")


class NamesFixed(DomainError):
    code: ClassVar[str] = "pass_names_fixed"
    message: ClassVar[str] = N_("The fair has begun, so names stay. Withdraw the pass and give another one.")


class HasBooth(DomainError):
    code: ClassVar[str] = "pass_has_booth"
    message: ClassVar[str] = N_("This company has a booth, so its passes stay. It withdraws single ones itself.")
