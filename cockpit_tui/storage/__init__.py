"""The ledger: one SQLite file per user that holds everything the cockpit did and decided."""
