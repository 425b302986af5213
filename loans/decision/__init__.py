"""Decision support: hard rules and scorecards, both kept as data, both explained; neither decides by itself.

`catalogue` says which facts there are, `facts` reads them of a case, `conditions` and `scoring` are pure arithmetic
over them, `evaluation` puts the rules in force to a case, `publication` keeps the rules by maker and checker.
"""
