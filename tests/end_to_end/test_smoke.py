from tests.support.terminal import Shell
def test_x():
    with Shell("--local") as s:
        s.wait(r"tokens")
        s.type("Say hi")
        s.wait(r"in, \d+ out")
        s.press("\x04")
        assert s.ends()==0
