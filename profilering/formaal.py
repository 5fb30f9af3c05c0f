"""What Profilering is for, in the same words wherever it is said: in the API, the card, the pages."""

FORMAAL = (
    "Et forklart forslag til innsatsgruppe for en ny registrering, som veilederen vurderer. "
    "Det støtter den første behovsvurderingen. Det er aldri et vedtak."
)

SKAL_IKKE_BRUKES_TIL = (
    "Vedtak, eller avslag på vurdering eller hjelp.",
    "Ytelsessaker, kontroll eller sanksjoner.",
    "Å rangere eller liste opp personer, eller å fordele plasser.",
    "Å måle veiledere, kontorer eller leverandører, eller å betale noen etter anslag.",
    "Å si hva som virker for en person: anslaget er ingen virkning og ingen årsak.",
    "Å anslå sykefravær.",
)
"""REQ-01, REQ-05, REQ-06, REQ-07, REQ-08, REQ-21, REQ-34, REQ-36 and REQ-37."""
