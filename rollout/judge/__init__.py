"""Was an arm good? Statistics over users that stay true however often one looks."""
