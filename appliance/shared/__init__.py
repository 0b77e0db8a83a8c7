"""What the three images share: settings, small files, back-off, and how supervisord is extended."""
