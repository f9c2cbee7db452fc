"""What profiles are checked against: lengths, what a company can seek, currencies of prices."""

from app.i18n_marks import N_

PRODUCTS_AT_MOST, CERTIFICATES_AT_MOST = 12, 10
ABOUT_LENGTH, ITEM_ABOUT_LENGTH, NAME_LENGTH, REASON_LENGTH = 2000, 600, 120, 500
SEEKS = {
    "buyers": N_("Wholesale buyers"),
    "importers": N_("Importers"),
    "agents": N_("Agents"),
    "distributors": N_("Distributors"),
    "designers": N_("Designers"),
    "suppliers": N_("Suppliers of materials"),
    "investors": N_("Investors and partners"),
}
CURRENCIES = ("VND", "USD", "EUR", "JPY")

LONG = N_("At most %(longest)s characters fit. Shorten it.")
NAME = N_("Give it a name.")
PRICE_ORDER = N_("The higher price is lower than the first one. Exchange them.")
CURRENCY = N_("Choose the currency of the price.")
PAPER = N_("Add the certificate: a photograph, or a PDF.")
SEEK = N_("Choose from the list what you seek.")
REASON = N_("Say why, in a few words: the exhibitor reads it.")
