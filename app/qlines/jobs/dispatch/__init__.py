"""From what happens to alarms to what people are sent: planning, grouping, and waking who sends."""
