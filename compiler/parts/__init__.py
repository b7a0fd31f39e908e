"""What kinds share: names, tags, access, encryption, secrets, logs, alarms."""
