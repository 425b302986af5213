"""Reading cards and licences: the engine's lines become fields, the RM confirms them, what was wrong is kept.

`engine` speaks to the process with the models, `layout` turns lines upright, `cards` and `licences` find the fields,
`rules` says what is wrong with them, `readings` is the capability, `quality` counts how well it reads.
`findings(application)` of `readings` is what forms are filled in with.
"""
