"""A repository in another style than the samples: strings as registry, a decorator, unittest.

`harbour` weighs ships. Its classes are registered three times: by a decorator at the class, as
`module:Class` text in a table that is loaded by name, and as a row in the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

FILES: Mapping[str, str] = {path: dedent(text).lstrip("\n") for path, text in {
    "setup.cfg": """
        [metadata]
        name = harbour
        version = 0.3
        [options]
        packages = find:
    """,
    "README.md": """
        # harbour

        Weighs ships. See [docs/vessels.md](docs/vessels.md).
    """,
    "docs/vessels.md": """
        # Vessels

        | class | fee |
        |---|---|
        | `TugVessel` | 10 and a unit a ton |
        | `FerryVessel` | 10 and a unit a ton |
    """,
    "harbour/__init__.py": "",
    "harbour/vessels/__init__.py": "",
    "harbour/vessels/base.py": '''
        """What every vessel is, and the table that the decorator fills."""

        BY_CODE = {}


        def vessel(code):
            """Register the class below under `code`."""
            def remember(cls):
                BY_CODE[code] = cls
                return cls
            return remember


        class Vessel:
            code = ""

            def __init__(self, tons):
                self.tons = tons

            def fee(self):
                raise NotImplementedError
    ''',
    "harbour/vessels/tug.py": '''
        """Tugs."""

        from harbour.vessels.base import Vessel, vessel


        @vessel("tug")
        class TugVessel(Vessel):
            """A tug in the harbour."""

            code = "tug"

            def fee(self):
                return 10 + self.tons
    ''',
    "harbour/vessels/ferry.py": '''
        """Ferries."""

        from harbour.vessels.base import Vessel, vessel


        @vessel("ferry")
        class FerryVessel(Vessel):
            """A ferry in the harbour."""

            code = "ferry"

            def fee(self):
                return 10 + self.tons
    ''',
    "harbour/vessels/registry.py": '''
        """Which class weighs which vessel, loaded when it is asked for."""

        from importlib import import_module

        VESSELS = {
            "tug": "harbour.vessels.tug:TugVessel",
            "ferry": "harbour.vessels.ferry:FerryVessel",
        }


        def load(code):
            module, _, name = VESSELS[code].partition(":")
            return getattr(import_module(module), name)
    ''',
    "tests/__init__.py": "",
    "tests/test_tug.py": '''
        import unittest

        from harbour.vessels.tug import TugVessel


        class TugVesselTest(unittest.TestCase):
            def test_fee(self):
                self.assertEqual(TugVessel(5).fee(), 15)

            def test_code(self):
                self.assertEqual(TugVessel.code, "tug")
    ''',
    "tests/test_ferry.py": '''
        import unittest

        from harbour.vessels.ferry import FerryVessel


        class FerryVesselTest(unittest.TestCase):
            def test_fee(self):
                self.assertEqual(FerryVessel(5).fee(), 15)

            def test_code(self):
                self.assertEqual(FerryVessel.code, "ferry")
    ''',
    "tests/test_registry.py": '''
        import unittest

        from harbour.vessels.base import BY_CODE
        from harbour.vessels.registry import VESSELS, load


        class RegistryTest(unittest.TestCase):
            def test_each_is_loaded_and_known(self):
                for code in VESSELS:
                    self.assertEqual(load(code).code, code)
                    self.assertIs(BY_CODE[code], load(code))
    ''',
}.items()}
