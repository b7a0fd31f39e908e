"""What people asked for, carried to a pull request and shown until it is done."""
