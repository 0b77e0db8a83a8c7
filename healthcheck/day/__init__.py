"""One sample a minute of the last day, for the charts of the page /system."""
