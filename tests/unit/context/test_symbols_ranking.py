"""Which files a request finds: by words, names, paths, references, tests and history."""

from __future__ import annotations

import pytest
from support.trees import tree

from cockpit_tui.context.symbols import rank_files
from cockpit_tui.context.symbols.graph import Graph, page_rank
from cockpit_tui.context.symbols.lexical import WordBook
from cockpit_tui.context.symbols.mentions import mentioned_files
from cockpit_tui.context.symbols.ranking import Prepared, rank_prepared
from cockpit_tui.context.symbols.reading import Before, read_files

SHOP = {
    "README.md": "A shop that sells parcels.\n",
    "db/0001_orders.sql": "CREATE TABLE orders (id INTEGER, discount INTEGER);\n",
    "deploy.sh": "#!/bin/sh\nscp shop server:\n",
    "node_modules/left/pad.js": "function discount() { return 'discount orders discount'; }\n",
    "shop/__init__.py": "",
    "shop/basket.py": (
        "from shop.money import round_price\n\n\nclass Basket:\n"
        "    def total(self):\n        return round_price(1)\n"),
    "shop/mail.py": "def send_mail(to):\n    '''Tell the customer.'''\n",
    "shop/money.py": "def round_price(amount):\n    return amount\n",
    "shop/orders.py": (
        "from shop.basket import Basket\n\n\ndef place_order(basket: Basket):\n"
        "    '''Apply the discount.'''\n    return Basket().total()\n"),
    "tests/test_money.py": "def test_rounding():\n    assert 1\n",
    "web/page.html": "<h1>Checkout</h1>\n",
}


def best(request: str, count: int = 1, **more: object) -> list[str]:
    return [file.path for file in rank_files(tree(SHOP), request, **more)][:count]  # type: ignore[arg-type]


@pytest.mark.parametrize(("request_text", "path"), [
    ("Send customers a mail", "shop/mail.py"),
    ("Why does `round_price` lose cents?", "shop/money.py"),
    ("Basket: show the total", "shop/basket.py"),
    ("Fix deploy.sh", "deploy.sh"),
    ("look at shop/money.py please", "shop/money.py"),
    ("the checkout page", "web/page.html"),
    ("a column of the SQL table", "db/0001_orders.sql"),
    ("What do we sell? Parcels", "README.md"),
])
def test_the_first_file_is_the_one_that_is_meant(request_text: str, path: str) -> None:
    assert best(request_text) == [path]


def test_somebody_elses_code_comes_last_however_well_it_fits() -> None:
    ranked = [file.path for file in rank_files(tree(SHOP), "discount for orders")]

    assert set(ranked[:2]) == {"shop/orders.py", "db/0001_orders.sql"}
    assert ranked.index("node_modules/left/pad.js") > 2


def test_references_and_tests_lift_files_that_share_no_word_with_the_request() -> None:
    scores = dict(rank_files(tree(SHOP), "round_price"))

    assert scores["shop/basket.py"] > scores["tests/test_money.py"] > 0
    assert scores["shop/mail.py"] == scores["deploy.sh"] == 0


def test_history_lifts_what_changed_with_what_fits() -> None:
    history = [{"shop/mail.py", "web/page.html"}] * 3

    assert best("Send customers a mail", 2) != ["shop/mail.py", "web/page.html"]
    assert best("Send customers a mail", 2, history=history) == ["shop/mail.py", "web/page.html"]


def test_a_path_that_the_caller_names_comes_first() -> None:
    assert best("discount", mentioned_paths=["deploy.sh"]) == ["deploy.sh"]


def test_a_path_may_be_named_whole_by_its_end_or_by_a_directory() -> None:
    paths = ["a/box.py", "b/box.py", "b/c/d.py", "box.py"]

    assert mentioned_files(paths, frozenset({"b/box.py"})) == {"b/box.py": 1.0}
    assert mentioned_files(paths, frozenset({"c/d.py"})) == {"b/c/d.py": 0.8}
    assert mentioned_files(paths, frozenset({"box.py"})) == {"box.py": 1.0}
    assert mentioned_files(paths, frozenset({"b/c", "gone.py"})) == {"b/c/d.py": 0.3}


def test_a_request_without_meaning_puts_first_what_all_lean_on() -> None:
    linked = {"a.py": "open_parcel()", "b.py": "open_parcel()", "c.py": "def open_parcel(): ..."}

    assert next(iter(rank_files(tree(linked), "?!"))).path == "c.py"
    assert [file.path for file in rank_files(tree({"b.md": "x", "a.md": "y"}), "?!")] == [
        "a.md", "b.md"]


def test_an_empty_tree_has_no_files() -> None:
    assert rank_files(tree({}), "anything") == ()


def test_unreadable_files_links_and_submodules_do_no_harm() -> None:
    snapshot = tree({"a.py": b"\xff\xfedef discount(): pass", "b.bin": b"\0\0"},
                    modes={"link": "120000", "sub": "160000"}, unread={"huge.csv": 10**9})

    assert [file.path for file in rank_files(snapshot, "discount")] == ["a.py", "b.bin", "huge.csv"]


@pytest.mark.parametrize("request_text", [
    "a" * 100_000, "a/" * 50_000, "`" * 100_000, "a." * 50_000, "'" * 9_999, "\0\x1b[31m\ud800"])
def test_a_hostile_request_is_only_a_request(request_text: str) -> None:
    assert len(rank_files(tree(SHOP), request_text)) == len(SHOP)


def test_page_rank_of_a_ring_is_even_and_of_a_star_favours_its_centre() -> None:
    ring: list[dict[int, float]] = [{1: 1.0}, {2: 1.0}, {0: 1.0}]
    star: list[dict[int, float]] = [{}, {0: 1.0}, {0: 2.0}]

    assert page_rank(ring, [0, 0, 0]) == pytest.approx([1 / 3] * 3)
    ranked = page_rank(star, [1, 1, 1])
    assert sum(ranked) == pytest.approx(1)
    assert ranked[0] > 2 * ranked[1] == pytest.approx(2 * ranked[2])


def test_page_rank_stays_near_where_it_starts() -> None:
    chain: list[dict[int, float]] = [{1: 1.0}, {2: 1.0}, {3: 1.0}, {}]

    ranked = page_rank(chain, [1, 0, 0, 0])

    assert ranked == sorted(ranked, reverse=True)
    assert page_rank([], []) == []


def test_edges_lead_to_definitions_and_pass_over_names_that_say_nothing() -> None:
    files = read_files(tree({
        "a.py": "def open_parcel(): ...\ndef _hidden_part(): ...\n",
        "b.py": "open_parcel(_hidden_part, run)\n",
        **{f"many{number}.py": "def run(): ...\n" for number in range(7)},
    }))

    edges = Graph(files).edges

    assert set(edges[1]) == {0}
    assert edges[1][0] > edges[0][1] > 0
    assert all(not found for found in edges[2:])


def test_what_is_prepared_or_read_before_changes_no_answer() -> None:
    changed = {**SHOP, "shop/refunds.py": "from shop.money import round_price\n"
                                          "def refund_price(): return round_price(-1)\n",
               "shop/mail.py": "def send_mail(to, refund_price): ...\n"}
    changed.pop("README.md")
    book = WordBook()
    before = read_files(tree(SHOP))
    book.learn(before)
    files = read_files(tree(changed), before=Before(tree(SHOP), before))
    book.learn(files)
    assert files == read_files(tree(changed))
    assert sum(any(file is old for old in before) for file in files) == len(SHOP) - 2
    prepared = Prepared(files, book)
    for request in ("Refund the price", "`refund_price` twice", "xyzzy", "",
                    "`round_price` of a basket"):
        assert rank_prepared(prepared, request) == rank_files(tree(changed), request)
        assert rank_prepared(prepared, request) == rank_files(tree(changed), request)
