"""Declare what can be set: THE table of parameters, the kinds of their values, settings in layers, profiles.

It must not know how a request is sent, nor import the SDK when it is loaded (`shapes` asks the SDK's
types when a structure is typed). Start reading at `table`; to add a parameter, add a row there.
"""
