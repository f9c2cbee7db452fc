"""Somebody opened a link that was mailed to the address of the account."""

from blinker import Signal

address_proved = Signal("Sent with the Person, inside the transaction that keeps it; packages above listen.")
