"""Sums, differences and offers: what is known is added up, and what is not is counted."""

from __future__ import annotations

from datetime import date

import pytest

from compiler.aws.prices import Price, Reserved
from compiler.cost import Component, delta, total
from compiler.cost.bills import Bill, By, sums
from compiler.cost.reserving import offers

DAY = date(2026, 10, 1)


def one(name: str, monthly: float | None, usage: str = "", quantity: float | None = 1) -> Component:
    """A component of one unit; `monthly` None for a price nobody has read."""
    price = None if monthly is None else Price(monthly, "month", DAY, "list")
    return Component(name, name, "month", quantity, price, usage)


KNOWN, UNKNOWN = one("a", 10.0), one("b", None)
DEPENDS = one("c", 0.5, "logs_gib", None)


def test_a_sum_says_what_is_not_in_it() -> None:
    assert str(total([KNOWN, one("d", 1302.405), UNKNOWN, one("e", None), DEPENDS])) == (
        "$1,312.40 + unknown: 2 components, by usage: 1 component"
    )


def test_a_sum_with_everything_in_it_says_nothing_more() -> None:
    assert str(total([KNOWN])) == "$10.00"
    assert str(total([])) == "$0.00"


def test_an_unknown_price_is_unknown_whether_or_not_the_traffic_is_said() -> None:
    assert total([one("a", None, "logs_gib", None), one("b", None, "logs_gib", 3)]).unknown == 2


def test_nothing_of_something_costs_nothing_whatever_its_price() -> None:
    assert total([one("a", None, "logs_gib", 0)]).missing == ""


def test_a_quantity_that_only_the_account_knows_is_unknown() -> None:
    assert total([one("a", 1.0, quantity=None)]).unknown == 1


def test_what_stays_is_in_no_difference_known_or_not() -> None:
    found = delta([KNOWN, UNKNOWN, DEPENDS], [KNOWN, UNKNOWN, DEPENDS])
    assert found.gone == found.new == ()
    assert str(found) == "+$0.00"


def test_a_difference_is_what_comes_less_what_goes() -> None:
    found = delta([KNOWN, one("small", 20.0)], [KNOWN, one("large", 50.25)])
    assert [each.name for each in found.gone] == ["small"]
    assert [each.name for each in found.new] == ["large"]
    assert str(found) == "+$30.25"
    assert str(delta([KNOWN, one("small", 20.0)], [KNOWN])) == "-$20.00"


def test_a_difference_counts_what_is_unknown_on_either_side() -> None:
    assert str(delta([one("old", None)], [one("new", 5.0)])) == "+$5.00 + unknown: 1 component"


def test_the_second_of_two_equal_components_is_a_difference() -> None:
    assert str(delta([KNOWN], [KNOWN, KNOWN])) == "+$10.00"


BILLS = [
    Bill("prod.environment", "prod", (one("dashboard", 3.0),)),
    Bill("prod.orders", "prod", (KNOWN, UNKNOWN), "prod/orders", "mysql", "shop", "checkout"),
    Bill("prod.carts", "prod", (one("node", 20.0),), "prod/carts", "redis", "shop", "search"),
    Bill("dev.orders", "dev", (one("node", 1.0),), "dev/orders", "mysql", "shop", "checkout"),
]
SHARED = "prod, shared by its databases"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (By.ENVIRONMENT, {"dev": "$1.00", "prod": "$33.00 + unknown: 1 component"}),
        (By.PROJECT, {SHARED: "$3.00", "shop": "$31.00 + unknown: 1 component"}),
        (By.OWNER, {"checkout": "$11.00 + unknown: 1 component", SHARED: "$3.00", "search": "$20.00"}),
        (
            By.DATABASE,
            {
                "dev/orders": "$1.00",
                "prod/carts": "$20.00",
                "prod/orders": "$10.00 + unknown: 1 component",
                SHARED: "$3.00",
            },
        ),
    ],
)
def test_sums_are_made_by_what_is_asked_for(by: By, expected: dict[str, str]) -> None:
    assert {name: str(each) for name, each in sums(BILLS, by).items()} == expected


def hourly(dollars: float, *reserved: Reserved, quantity: float = 730) -> Component:
    """A component that runs by the hour."""
    price = Price(dollars, "hour", DAY, "list", reserved=reserved)
    return Component("instance", "db.t3.large", "hour", quantity, price)


def test_reserving_pays_from_the_month_in_which_paying_as_one_goes_has_cost_more() -> None:
    # 0.10 for an hour, or 0.05 for each of a year's: six months of the one are the whole of the other.
    (offer,) = offers(hourly(0.10, Reserved(1, "No Upfront", 0, 0.05)))
    assert offer.monthly == pytest.approx(36.5)
    assert offer.break_even == pytest.approx(6.0)


def test_what_is_paid_at_once_counts_too() -> None:
    # 438 dollars are half of what a year by the hour costs.
    (offer,) = offers(hourly(0.10, Reserved(1, "All Upfront", 438, 0)))
    assert offer.upfront == pytest.approx(438)
    assert offer.monthly == pytest.approx(36.5)
    assert offer.break_even == pytest.approx(6.0)


def test_the_cheapest_offer_comes_first_and_those_that_cost_more_not_at_all() -> None:
    found = offers(
        hourly(
            0.10,
            Reserved(1, "No Upfront", 0, 0.07),
            Reserved(3, "No Upfront", 0, 0.05),
            Reserved(1, "Partial Upfront", 900, 0.05),
        )
    )
    assert [(each.years, each.payment) for each in found] == [(3, "No Upfront"), (1, "No Upfront")]


def test_two_of_a_kind_are_reserved_together() -> None:
    (offer,) = offers(hourly(0.10, Reserved(1, "All Upfront", 438, 0), quantity=1460))
    assert offer.upfront == pytest.approx(876)
    assert offer.break_even == pytest.approx(6.0)


def test_where_no_reserved_price_is_known_nothing_is_said() -> None:
    assert list(offers(hourly(0.10))) == []
    assert list(offers(UNKNOWN)) == []
