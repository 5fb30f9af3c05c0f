"""Scoring files of many registreringer, for data scientists and auditors: nobody is answered."""
