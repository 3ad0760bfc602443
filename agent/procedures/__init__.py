"""Learning from repetition: requests that led to the same steps become one procedure with slots.

A procedure is offered once and used when the user has accepted it. A request that fits it word by word fills
its slots and needs no model to be planned; policy, approval and log are those of any plan.
"""
