"""Slack: the one room that knows it."""
