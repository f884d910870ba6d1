"""Coverage and site planning for a city's network of intellectual-property public service institutions.

The rooms, from the top: ``screens`` and ``report`` (tell), beside them ``planning`` (makes), ``scenarios``,
``results``, ``compliance`` | ``siting`` | ``coverage``, ``reach``, ``workspace``, ``intake``, ``policy``, and the
ground floor. Importing the package loads none of them.
"""

__version__ = "0.2.0"
