import FlyingFox
import HayateView
