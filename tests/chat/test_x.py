from tests.support.server import *
from chat.client import Client
from chat.endpoint import Endpoint
from chat.turn import pump, attempts
def test_x():
    with Server() as s:
        s.reply(stream("Hel","lo"))
        c=Client(Endpoint(s.url,"sk-test"))
        for i in range(3):
            t=pump({},attempts(c,{"model":"m","messages":[{"role":"user","content":"x"}],"stream":True}))
        print(t, s.requests[0], s.connections)
def test_y(typed, screen): 
    typed("/set temperature 3"); typed("/tmp 1"); typed("/temp 0.7"); print(screen.transcript)
