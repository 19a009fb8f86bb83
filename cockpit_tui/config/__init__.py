"""Settings, places on disk, secrets kept out of sight; and the data that ships with the product."""
