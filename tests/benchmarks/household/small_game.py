"""A small game in the format of ALFWorld's, written for the tests: two rooms, a lamp, a box and a coin."""

from typing import Any

from sharpen.benchmarks.household.engine import Definition, Play

DOMAIN = """
(define (domain house)  ; a comment
  (:requirements :adl)
  (:types agent place thing - object  coin lamp - thing)
  (:constants me - agent)
  (:predicates (at ?a - agent ?p - place) (in ?t - thing ?p - place) (holds ?t - thing)
               (on ?l - lamp) (rested ?a - agent) (lit ?p - place) (way ?p - place ?q - place))
  (:action Go :parameters (?from - place ?to - place)
    :precondition (and (at me ?from) (or (way ?from ?to) (way ?to ?from) (= ?from ?to)))
    :effect (and (not (at me ?from)) (at me ?to)))
  (:action Take :parameters (?t - thing ?p - place)
    :precondition (and (at me ?p) (in ?t ?p) (not (exists (?x - thing) (holds ?x))))
    :effect (and (holds ?t) (not (in ?t ?p)) (increase (total-cost) 1)))
  (:action Put :parameters (?t - thing ?p - place)
    :precondition (and (at me ?p) (holds ?t))
    :effect (and (in ?t ?p) (not (holds ?t))))
  (:action Switch :parameters (?l - lamp)
    :precondition (exists (?p - place) (and (at me ?p) (in ?l ?p)))
    :effect (and (when (on ?l) (not (on ?l))) (when (not (on ?l)) (on ?l))
                 (forall (?p - place) (when (in ?l ?p) (lit ?p)))))
  (:action Look :parameters () :precondition () :effect (rested me))
  (:action Rest :parameters ()
    :precondition (forall (?l - lamp) (imply (on ?l) (exists (?p - place) (and (in ?l ?p) (lit ?p)))))
    :effect (rested me)))
"""

PROBLEM = """
(define (problem one) (:domain house)
  (:objects hall_bar_1 attic_bar_1 - place  Coin_bar_1 Coin_bar_2 - coin  lamp_bar_1 - lamp)
  (:init (at me hall_bar_1) (way hall_bar_1 attic_bar_1) (in Coin_bar_1 hall_bar_1) (in Coin_bar_2 hall_bar_1) (in lamp_bar_1 attic_bar_1)
         (= (total-cost) 0) (not (on lamp_bar_1)))
  (:goal (and (exists (?c - coin) (in ?c attic_bar_1)) (forall (?l - lamp) (on ?l)))))
"""

GRAMMAR = r'''
# The texts.
grammar :: """
    {
        "intro": [{"rhs": "Welcome!\n\n#around#\n\nYour task: light and money."}],
        "around": [
            {"condition": "at(a:agent, p:place) & in(t:thing, p:place)",
             "rhs": "Here is [{t.indefinite + ' ' + t.name | at(a:agent, p:place) & in(t:thing, p:place)}]."},
            {"rhs": "There is nothing."}
        ],
        "p": [{"rhs": "unused"}],
        "list_empty": [{"rhs": "nothing"}],
        "list_separator": [{"rhs": ", "}],
        "list_last_separator": [{"rhs": ", and "}]
    }
""";
action Go { template :: "go to {to}"; feedback :: "You are in the {to.name}."; }
action Take { template :: "take {t}"; feedback :: "Taken: {t.definite} {t.name}."; }
action Put { template :: "put {t}"; feedback :: "#put#";
    grammar :: """{"put": [
        # the first that holds is used
        {"condition": "not_in(t:thing, q:place)", "rhs": "Put elsewhere."},
        {"rhs": "Put back."}]}""";
}
action Switch { template :: "switch {l}"; feedback :: "#switched#";
    grammar :: """{"switched": [{"condition": "on(l:lamp)", "rhs": "It is on."}, {"rhs": "It is off."}]}""";
}
action Look { template :: "look"; feedback :: "#around#"; }
action Rest { template :: "rest"; feedback :: "You rest."; }
'''


def data(**changes: str) -> dict[str, Any]:
    """Return the game's file, with changes."""
    return {"pddl_domain": DOMAIN, "pddl_problem": PROBLEM, "grammar": GRAMMAR} | changes


def begin(**changes: str) -> Play:
    """Begin the game, with changes to its file."""
    return Definition(data(**changes)).begin()
