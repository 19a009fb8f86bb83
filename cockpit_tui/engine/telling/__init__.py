"""Telling the person, over the channels of `[notify]`, what waits, ended or went wrong."""
