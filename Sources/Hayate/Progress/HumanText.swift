import HayateCore

package typealias HumanText = HayateCore.HumanText
