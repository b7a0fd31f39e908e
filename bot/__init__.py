"""The bot: pull requests and chat around the compiler."""
