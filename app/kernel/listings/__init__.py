"""What is put on sale, whatever the trade: moderation by policy, changes that wait beside what is shown, search, places, reports."""
